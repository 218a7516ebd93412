import { NexusError } from '../errors.ts';
import type { AuditHead, AuditLink, AuditLog, LinkedAuditEntry } from '../ports/audit-log.ts';
import { hashOf } from '../storage-kit/audit-chain.ts';

/** Entries looked at at a time: memory is bounded by them. */
const PAGE = 500;

/** Where a chain breaks first, and how. */
export interface BrokenLink {
  readonly sequence: number;
  /**
   * `changed`: what stands there is not what was written. `missing`: nothing stands there. `order`: what stands there was
   * not written behind the one before it: it was put in, put elsewhere, or the one before was put in another's place.
   */
  readonly problem: 'changed' | 'missing' | 'order';
  readonly message: string;
}

/** What came of looking at a chain. */
export interface ChainReport {
  /** Undefined: every link holds. */
  readonly broken: BrokenLink | undefined;
  /** Entries whose links hold. */
  readonly checked: number;
  /** What the first of them follows. */
  readonly from: AuditLink;
  /** The last one whose link holds. */
  readonly to: AuditLink;
  readonly head: AuditHead;
}

/** Which part of a chain is looked at; sequence numbers, both included. */
export interface ChainRange {
  /** @default the first there is */
  readonly from?: number | undefined;
  /** @default the last there is */
  readonly to?: number | undefined;
  /** A link that somebody noted earlier, elsewhere: it must still stand there. */
  readonly expect?: AuditLink | undefined;
  readonly signal?: AuditSignal | undefined;
}

type AuditSignal = Pick<AbortSignal, 'throwIfAborted'>;

/**
 * Looks at each link of a chain, oldest first, a page at a time, and tells of the first that does not hold. Entries that
 * come meanwhile are not looked at; those that retention takes out meanwhile are passed over.
 * @throws NexusError `request_invalid` for a part that is none or lies behind the end, `not_found` for one that retention
 *   took out: of what is not there nothing can be said.
 */
export async function verifyChain(log: Pick<AuditLog, 'after' | 'head'>, range: ChainRange = {}): Promise<ChainReport> {
  const report = await walk(log, range);
  if (report.broken || !range.expect) return report;
  return { ...report, broken: await missedBy(log, range.expect, report.head) };
}

async function walk(log: Pick<AuditLog, 'after' | 'head'>, range: ChainRange): Promise<ChainReport> {
  const head = await log.head();
  checkThere(range, head);
  const until = Math.min(range.to ?? Infinity, head.last.sequence);
  let start = await startOf(log, head, range.from);
  let last = start;
  for (;;) {
    range.signal?.throwIfAborted();
    const entries = await log.after(last.sequence, PAGE);
    for (const entry of entries) {
      if (last.sequence >= until) break;
      const broken = brokenAt(entry, last) ?? unremembered(entry, head);
      if (broken?.problem === 'missing') {
        const { checkpoint } = await log.head();
        if (checkpoint.sequence > last.sequence) {
          // It was taken out while we looked. The chain goes on from where that ends.
          start = last = checkpoint;
          break;
        }
      }
      if (broken) return { broken, checked: last.sequence - start.sequence, from: start, to: last, head };
      last = { sequence: entry.sequence, hash: entry.hash };
    }
    if (last.sequence >= until) return { broken: undefined, ...all(start, last, head) };
    if (entries.length > 0) continue;
    const now = await log.head();
    if (now.checkpoint.sequence > last.sequence) start = last = now.checkpoint;
    else return { broken: missingAt(last.sequence + 1), ...all(start, last, head) };
  }
}

function all(from: AuditLink, to: AuditLink, head: AuditHead): Omit<ChainReport, 'broken'> {
  return { checked: to.sequence - from.sequence, from, to, head };
}

function checkThere({ from, to }: ChainRange, { checkpoint, last }: AuditHead): void {
  for (const [param, sequence = 1] of Object.entries({ from, to })) {
    if (!Number.isSafeInteger(sequence) || sequence < 1)
      throw wrong(param, 'must be the sequence number of an entry: a whole number from 1 on');
    if (sequence > Math.max(last.sequence, 1)) throw wrong(param, `is not there: the log ends at ${String(last.sequence)}`);
  }
  if (from !== undefined && to !== undefined && to < from)
    throw wrong('to', 'must not be smaller than "from": the range ends before it begins');
  if (to !== undefined && to <= checkpoint.sequence)
    throw new NexusError('not_found', `Retention took out the entries up to ${String(checkpoint.sequence)}.`);
}

function wrong(param: string, rule: string): NexusError {
  return new NexusError('request_invalid', `"${param}" ${rule}.`, { param });
}

/** What the first entry that is looked at has to follow. */
async function startOf(log: Pick<AuditLog, 'after'>, { checkpoint }: AuditHead, from = 1): Promise<AuditLink> {
  if (from <= checkpoint.sequence + 1) return checkpoint;
  const [before] = await log.after(from - 2, 1);
  return before?.sequence === from - 1 ? { sequence: before.sequence, hash: before.hash } : checkpoint;
}

/** What is wrong with an entry that was read behind `last`. `undefined`: nothing. */
export function brokenAt(entry: LinkedAuditEntry, last: AuditLink): BrokenLink | undefined {
  const sequence = last.sequence + 1;
  if (entry.sequence > sequence) return missingAt(sequence);
  const isWhole = isHashRight(entry);
  if (!isWhole) return changedAt(sequence, 'does not fit its hash');
  if (entry.sequence === sequence && entry.previousHash === last.hash) return undefined;
  return outOfOrderAt(sequence);
}

/** An entry that fits its own chain, and not what the log remembers of its end. */
function unremembered({ sequence, hash }: LinkedAuditEntry, { last }: AuditHead): BrokenLink | undefined {
  if (sequence !== last.sequence || hash === last.hash) return undefined;
  return changedAt(sequence, 'has another hash than the log remembers as its last');
}

/** A chain that somebody has made anew, or cut together with what the log remembers of its end, shows here alone. */
async function missedBy(
  log: Pick<AuditLog, 'after'>,
  { sequence, hash }: AuditLink,
  { checkpoint, last }: AuditHead,
): Promise<BrokenLink | undefined> {
  if (sequence < checkpoint.sequence)
    throw new NexusError('not_found', 'The entry that was noted is not in the log any more: retention took it out.');
  if (sequence > last.sequence) return missingAt(sequence);
  const found = sequence === checkpoint.sequence ? checkpoint : (await log.after(sequence - 1, 1))[0];
  return found?.hash === hash ? undefined : changedAt(sequence, 'has another hash than the one that was noted');
}

/** What stands there follows another entry. */
export function outOfOrderAt(sequence: number): BrokenLink {
  return {
    sequence,
    problem: 'order',
    message: `The entry ${String(sequence)} was not written behind the one before it.`,
  };
}

/** Nothing stands there. */
export function missingAt(sequence: number): BrokenLink {
  return { sequence, problem: 'missing', message: `The entry ${String(sequence)} is missing.` };
}

/** Something else stands there than was written. */
export function changedAt(sequence: number, how: string): BrokenLink {
  return { sequence, problem: 'changed', message: `The entry ${String(sequence)} was changed: it ${how}.` };
}

/** A time that is none has no hash. */
function isHashRight(entry: LinkedAuditEntry): boolean {
  try {
    return hashOf(entry, entry.sequence, entry.previousHash) === entry.hash;
  } catch {
    return false;
  }
}
