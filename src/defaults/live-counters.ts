import type { Clock } from '../ports/clock.ts';
import type { LiveCounters, LiveCounts, LiveLoad, LiveReport, SeenSession } from '../ports/live-counters.ts';
import { RecentMap } from './recent-map.ts';

/** Conversations that are remembered; over it those seen longest ago are forgotten. */
const MOST_SESSIONS = 100_000;
/** A process that has not reported for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/** What is known of a process. */
interface Known {
  counts: LiveCounts;
  load: LiveLoad;
  runsUntil: number;
  reportedAt: number;
}

/** Counts in the memory of this process, for all hubs in it that are given the same. */
export function memoryLiveCounters(clock: Clock): LiveCounters {
  const processes = new Map<string, Known>();
  const sessions = new RecentMap<string, number>(MOST_SESSIONS);
  let totals = NOTHING;

  function take({ process, lastsMs, counts, counted, load }: LiveReport): void {
    const now = clock.elapsed();
    const before = processes.get(process)?.counts ?? counted;
    totals = combined(totals, counts, before, (total, count, known) => total + Math.max(0, count - known));
    const known = combined(before, counts, before, Math.max);
    processes.set(process, { counts: known, load, runsUntil: now + lastsMs, reportedAt: now });
    for (const [id, { reportedAt }] of processes) if (now - reportedAt > FORGOTTEN_AFTER_MS) processes.delete(id);
  }

  function see({ name, atMs }: SeenSession): void {
    if (atMs === undefined) sessions.delete(name);
    else sessions.set(name, Math.max(atMs, sessions.get(name) ?? atMs));
  }

  return {
    report(report) {
      take(report);
      report.sessions.forEach(see);
      const running = [...processes.values()].filter(({ runsUntil }) => runsUntil > clock.elapsed());
      return { ...totals, ...loadOf(running), processes: running.length, activeSessions: active(report) };
    },
  };

  function active({ nowMs, idleMs }: LiveReport): number {
    let count = 0;
    for (const seenAtMs of sessions.values()) if (nowMs - seenAtMs < idleMs) count++;
    return count;
  }
}

/** Counts of a process that has just started. */
export const NOTHING: LiveCounts = {
  requests: 0,
  failed: 0,
  promptTokens: 0,
  completionTokens: 0,
  totalTokens: 0,
  costNanoUsd: 0,
};

const COUNT_NAMES = Object.keys(NOTHING) as (keyof LiveCounts)[];

function loadOf(running: readonly Known[]): LiveLoad {
  return {
    inFlight: running.reduce((sum, { load }) => sum + load.inFlight, 0),
    shed: running.reduce((sum, { load }) => sum + load.shed, 0),
  };
}

/** Each count made of those of the same name. */
function combined(
  one: LiveCounts,
  two: LiveCounts,
  three: LiveCounts,
  of: (one: number, two: number, three: number) => number,
): LiveCounts {
  const made = { ...one };
  for (const name of COUNT_NAMES) made[name] = of(one[name], two[name], three[name]);
  return made;
}
