import type { QuotaState } from './defaults/guarded-quota.ts';
import type { StatsSnapshot } from './defaults/stats.ts';

/** What the hub has done and is doing. */
export interface HubStats extends StatsSnapshot {
  /** Conversations with a request within the idle window. */
  readonly activeSessions: number;
  /** Requests in the hub now. */
  readonly inFlight: number;
  /** Requests turned away because the hub had too much to do. They are not in the other counts. */
  readonly shed: number;
  /** How limits are counted: for this process, for all that share a quota, or without the quota, which is away. */
  readonly quota: QuotaState;
}

/** `hub.stats`: what the hub does and has done. */
export class Stats {
  /** What this process has done since the hub started, and is doing. Takes no time and asks nobody. */
  readonly now: () => HubStats;

  constructor(now: () => HubStats) {
    this.now = now;
  }
}
