import type { LedgerEntry } from '../ports/ledger.ts';

/** What becomes of an entry: it waits in the queue, it is written, or it is lost. */
export type Stage = 'queued' | 'written' | 'lost';

/** Memory that a record takes, its attempts, and the targets it tells of, roughly. */
const RECORD_BYTES = 1_024;
const ATTEMPT_BYTES = 512;
const CANDIDATE_BYTES = 256;
const BYTES_PER_CHARACTER = 2;

/** An entry that waits to be written. */
export class WaitingEntry {
  readonly entry: LedgerEntry;
  /** When it came, on the scale of `clock.elapsed()`. */
  readonly sinceMs: number;
  /** Memory it takes, rather too much than too little. */
  readonly bytes: number;
  /** Grows from one to the next. */
  readonly place: number;
  /** Told of each stage. */
  reached: ((stage: Stage) => void) | undefined;

  constructor(entry: LedgerEntry, sinceMs: number, place: number) {
    this.entry = entry;
    this.sinceMs = sinceMs;
    this.place = place;
    this.bytes = bytesOf(entry);
  }
}

function bytesOf({ record, messages }: LedgerEntry): number {
  let bytes = RECORD_BYTES + ATTEMPT_BYTES * record.attempts.length;
  if (record.candidates) bytes += CANDIDATE_BYTES * record.candidates.length;
  for (const { json } of messages) bytes += BYTES_PER_CHARACTER * json.length;
  return bytes;
}
