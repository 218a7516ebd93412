import { sql } from 'kysely';
import type { LedgerDatabase } from '../sql/dialect.ts';

/** Looked after by questions that come, no more often than this. */
const LOOK_EVERY_MS = 1_000;
/** After it failed it is not asked for so long. */
const LEFT_ALONE_MS = 10_000;

/** A replica, its primary, and how far it may be behind. */
export interface ReplicaOptions {
  readonly replica: LedgerDatabase;
  readonly primary: LedgerDatabase;
  readonly maxLagMs: number;
  /** How long each may take to tell where it is. */
  readonly answerWithinMs: number;
}

/** A place in the log, and when what is there was committed, by the clock of the primary. */
interface Place {
  /** `null`: this server has none. */
  readonly position: number | null;
  /** `null`: nothing was since the server started. */
  readonly atMs: number | null;
}

/** All that was committed until now. */
const WRITTEN = sql<Place>`select pg_current_wal_lsn() - '0/0'::pg_lsn as position,
  extract(epoch from clock_timestamp()) * 1000 as "atMs"`;
/** What a replica has of it. */
const REPLAYED = sql<Place>`select pg_last_wal_replay_lsn() - '0/0'::pg_lsn as position,
  extract(epoch from pg_last_xact_replay_timestamp()) * 1000 as "atMs"`;

/**
 * Tells whether a replica is fit to be asked: it answers, and it has all that its primary had `maxLagMs` ago. By its last
 * commit alone that cannot be told, which may be old because nothing was written since: then both are at one place.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  #lookedAtMs = -Infinity;
  #looking: Promise<void> | undefined;
  #leftAloneUntilMs = -Infinity;
  #isBehind = false;

  constructor(options: ReplicaOptions) {
    this.#options = options;
  }

  /** Whether it is fit now. Never rejects. */
  async isFit(): Promise<boolean> {
    const nowMs = performance.now();
    if (nowMs < this.#leftAloneUntilMs) return false;
    if (nowMs - this.#lookedAtMs >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs;
      this.#looking = this.#look();
    }
    // All wait for it: one that is silent would keep whoever asks it for much longer.
    await this.#looking;
    return !this.#isBehind && performance.now() >= this.#leftAloneUntilMs;
  }

  /** It did not answer. */
  failed(): void {
    this.#leftAloneUntilMs = performance.now() + LEFT_ALONE_MS;
  }

  async #look(): Promise<void> {
    const { replica, primary, maxLagMs, answerWithinMs } = this.#options;
    const [written, replayed] = await Promise.all([
      within(answerWithinMs, placeOf(primary, WRITTEN)).catch(() => undefined),
      within(answerWithinMs, placeOf(replica, REPLAYED)).catch(() => this.failed()),
    ]);
    // A primary that is away goes no further; a server that has no such place is none that could be behind.
    if (typeof written?.position !== 'number' || typeof replayed?.position !== 'number') return;
    const lagMs = (written.atMs ?? 0) - (replayed.atMs ?? -Infinity);
    this.#isBehind = replayed.position < written.position && lagMs > maxLagMs;
  }
}

async function placeOf(db: LedgerDatabase, query: typeof WRITTEN): Promise<Place | undefined> {
  return (await query.execute(db)).rows[0];
}

async function within<Result>(ms: number, pending: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([pending, over]);
  } finally {
    clearTimeout(timer);
  }
}
