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
}

/** Where the primary was, and when. */
interface Mark {
  readonly atMs: number;
  readonly position: number;
}

/**
 * Tells whether a replica is fit to be asked: it answers, and it has all that its primary had `maxLagMs` ago. That is
 * found out by the places in the log of both, because the clock of a replica stands still while nothing is written.
 */
export class Replica {
  readonly #options: ReplicaOptions;
  #marks: Mark[] = [];
  #lookedAtMs = -Infinity;
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
      await this.#look(nowMs);
    }
    return !this.#isBehind && nowMs >= this.#leftAloneUntilMs;
  }

  /** It did not answer. */
  failed(): void {
    this.#leftAloneUntilMs = performance.now() + LEFT_ALONE_MS;
  }

  async #look(nowMs: number): Promise<void> {
    const { replica, primary, maxLagMs } = this.#options;
    const [written, replayed] = await Promise.all([
      positionOf(primary, 'pg_current_wal_lsn()').catch(() => undefined),
      positionOf(replica, 'pg_last_wal_replay_lsn()').catch(() => this.failed()),
    ]);
    // A primary that is away goes no further; a server that has no such place is none that could be behind.
    if (typeof written !== 'number' || typeof replayed !== 'number') return;
    this.#marks = [...this.#marks, { atMs: nowMs, position: written }].filter(({ position }) => position > replayed);
    this.#isBehind = nowMs - (this.#marks[0]?.atMs ?? nowMs) > maxLagMs;
  }
}

async function positionOf(db: LedgerDatabase, place: string): Promise<number | null | undefined> {
  const { rows } = await sql<{ position: number | null }>`select ${sql.raw(place)} - '0/0'::pg_lsn as position`.execute(
    db,
  );
  return rows[0]?.position;
}
