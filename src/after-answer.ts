import type { Account, AttemptAccounts } from './attempt-accounts.ts';
import type { WholeBody } from './call.ts';
import { hear, partFailed } from './failing-part.ts';
import type { Parts } from './parts.ts';
import type { Candidate, Lease, Outcome, RequestRecord, Settlement } from './ports/index.ts';
import { settlementOf } from './settled-usage.ts';
import type { Shelf } from './shelf.ts';

// What is done once an answer is over. A part that fails must not fail an answer that is paid for. Each is asked by a
// function of its own: closures would be made anew for every request.

const FAILED = 'a part failed after the answer';
const UNUSED: Settlement = { usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, costNanoUsd: 0 };

/** What of a visit they need. */
interface Over {
  readonly requestId: string;
  readonly lease: Lease | undefined;
  readonly accounts: AttemptAccounts;
  readonly shelf: Shelf | undefined;
  candidates: (() => readonly Candidate[]) | undefined;
}

/** Gives the lease back, with what the request came to. */
export function settleLease(over: Over, account: Account, outcome: Outcome, parts: Parts): void {
  try {
    const answering: { settle(settlement: Settlement): unknown } | undefined = over.lease;
    const settlement = settlementOf(account, outcome, parts.disconnect.policy, over.accounts);
    hear(answering?.settle(settlement), FAILED, over, parts);
  } catch (cause) {
    partFailed(cause, FAILED, over, parts);
  }
}

/** Gives a lease back that came when nobody wanted it any more. */
export function leaveUnused(late: Lease, over: Pick<Over, 'requestId'>, parts: Parts): void {
  try {
    const answering: { settle(settlement: Settlement): unknown } = late;
    hear(answering.settle(UNUSED), FAILED, over, parts);
  } catch (cause) {
    partFailed(cause, FAILED, over, parts);
  }
}

/** Keeps the answer for requests like this one. */
export function keepOnShelf(over: Over, body: WholeBody, account: Account, parts: Parts): Promise<void> | void {
  try {
    return over.shelf?.keep(body, account.attempts);
  } catch (cause) {
    partFailed(cause, FAILED, over, parts);
  }
}

/** Tells everybody who counts. */
export function tellSinks(record: RequestRecord, parts: Parts): void {
  const sinks: readonly { record(record: RequestRecord): unknown }[] = parts.stats;
  for (const sink of sinks)
    try {
      hear(sink.record(record), FAILED, record, parts);
    } catch (cause) {
      partFailed(cause, FAILED, record, parts);
    }
}

/** What the search came to; asked once, for it knows the whole request. */
export function takeCandidates(visit: Over, parts: Parts): readonly Candidate[] | undefined {
  const { candidates } = visit;
  visit.candidates = undefined;
  try {
    return candidates?.();
  } catch (cause) {
    partFailed(cause, FAILED, visit, parts);
    return undefined;
  }
}
