import type { Call } from './call.ts';
import { candidateOf } from './candidates.ts';
import { asNexusError } from './errors.ts';
import type { NexusErrorCode } from './errors.ts';
import { orderOf } from './order.ts';
import type { Parts } from './parts.ts';
import type { Candidate, Caller, RequestFacts, Target } from './ports/index.ts';
import { signalOf, Stop } from './provider-kit/stop.ts';
import { CallFacts } from './request-facts.ts';

/** Where a request would go now, and why. Nobody was asked, and nothing was counted. */
export interface Explanation {
  readonly model: string;
  readonly operation: RequestFacts['operation'];
  readonly streamed: boolean;
  /** Tokens of the prompt, roughly. */
  readonly promptTokens: number;
  readonly callerId: string;
  /** Id of the target that would be asked first; `undefined` when none would be. */
  readonly first: string | undefined;
  /** Every target, in the order of the search; those of models that may stand in follow. */
  readonly candidates: readonly Candidate[];
  /** Why the request would be refused before anybody was asked. */
  readonly refusal?: { readonly code: NexusErrorCode; readonly message: string };
}

/**
 * Goes the way of a request as far as that costs nothing: who asks, who could answer, in which order, and whose circuit
 * is open. Limits are not looked at, because looking is taking. A strategy that draws lots or takes turns does so once
 * more.
 *
 * @throws NexusError `unauthenticated`, `forbidden` unless the caller may: it names providers and targets.
 */
export async function explain(call: Call, parts: Parts): Promise<Explanation> {
  const { credentials } = call;
  const signal = signalOf(call.signal ?? new Stop());
  const caller = call.caller ?? (await parts.authenticator.identify(credentials, signal));
  parts.roles.check(caller, 'explain');
  const facts = new CallFacts(call);
  const { model, operation, streamed, promptTokens } = facts;
  const basics = { model, operation, streamed, promptTokens, callerId: caller.id };
  const leftOut = parts.router.leftOut?.(facts, caller) ?? [];
  const outside = leftOut.map(({ target, why }) => candidateOf(target, model, parts.circuit, 'left_out', why));
  try {
    const candidates = [...inside(facts, caller, call, parts), ...outside];
    const first = candidates.find(({ verdict }) => verdict === 'asked_first')?.target;
    return { ...basics, first, candidates };
  } catch (cause) {
    const { code, message } = asNexusError(cause);
    return { ...basics, first: undefined, candidates: outside, refusal: { code, message } };
  }
}

/** Targets the request leads to, and those of the models that may stand in. */
function inside(facts: CallFacts, caller: Caller, call: Call, parts: Parts): Candidate[] {
  const fallbacks = parts.router.fallbacks?.(facts, caller) ?? [];
  const legs = [{ model: facts.model, targets: parts.router.route(facts, caller) }, ...fallbacks];
  const hints = {
    conversationId: call.conversationId ?? '',
    newConversation: call.conversationId === undefined,
    callerId: caller.id,
    facts,
  };
  const seen = new Set<string>();
  const candidates: Candidate[] = [];
  for (const { model, targets } of legs) {
    if (seen.has(model)) continue;
    seen.add(model);
    for (const target of orderOf(targets, hints, parts)) candidates.push(asItStands(target, model, candidates, parts));
  }
  return candidates;
}

function asItStands(target: Target, model: string, before: readonly Candidate[], { circuit }: Parts): Candidate {
  const state = circuit.state(target);
  if (state.kind === 'open') return candidateOf(target, model, circuit, 'left_alone', state.why);
  const isFirst = !before.some(({ verdict }) => verdict === 'asked_first');
  return candidateOf(target, model, circuit, isFirst ? 'asked_first' : 'backs_up', undefined);
}
