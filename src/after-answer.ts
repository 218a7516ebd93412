import type { Account } from './attempt-accounts.ts';
import type { WholeBody } from './call.ts';
import type { Parts } from './parts.ts';
import type { Candidate, Lease, Outcome, RequestRecord } from './ports/index.ts';
import { settlementOf } from './settled-usage.ts';
import type { Shelf } from './shelf.ts';

// What is done once an answer is over. A part that fails must not fail an answer that is paid for. Each is asked by a
// function of its own: closures would be made anew for every request.

/** What of a visit they need. */
interface Over {
  readonly requestId: string;
  readonly lease: Lease | undefined;
  readonly shelf: Shelf | undefined;
  candidates: (() => readonly Candidate[]) | undefined;
}

/** Gives the lease back, with what the request came to. */
export function settleLease({ lease, requestId }: Over, account: Account, outcome: Outcome, parts: Parts): void {
  try {
    lease?.settle(settlementOf(account, outcome, parts.disconnect.policy));
  } catch (cause) {
    partFailed(requestId, cause, parts);
  }
}

/** Keeps the answer for requests like this one. */
export function keepOnShelf(
  { shelf, requestId }: Over,
  body: WholeBody,
  account: Account,
  parts: Parts,
): Promise<void> | void {
  try {
    return shelf?.keep(body, account.attempts);
  } catch (cause) {
    partFailed(requestId, cause, parts);
  }
}

/** Tells everybody who counts. */
export function tellSinks(record: RequestRecord, parts: Parts): void {
  for (const sink of parts.stats)
    try {
      sink.record(record);
    } catch (cause) {
      partFailed(record.requestId, cause, parts);
    }
}

/** What the search came to; asked once, for it knows the whole request. */
export function takeCandidates(visit: Over, parts: Parts): readonly Candidate[] | undefined {
  const { candidates } = visit;
  visit.candidates = undefined;
  try {
    return candidates?.();
  } catch (cause) {
    partFailed(visit.requestId, cause, parts);
    return undefined;
  }
}

function partFailed(requestId: string, cause: unknown, { logger }: Parts): void {
  logger.error({ requestId, cause }, 'a part failed after the answer');
}
