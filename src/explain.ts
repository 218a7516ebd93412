import type { Call } from './call.ts';
import { candidateOf } from './candidates.ts';
import { asNexusError } from './errors.ts';
import type { NexusErrorCode } from './errors.ts';
import { orderOf } from './order.ts';
import type { Parts } from './parts.ts';
import type { Candidate, Caller, CircuitState, Fallback, RequestFacts, Target } from './ports/index.ts';
import { signalOf, Stop } from './provider-kit/stop.ts';
import { CallFacts } from './request-facts.ts';
import { Tried } from './tried.ts';

/** Where a request would go now, and why. Nobody was asked, and nothing was counted. */
export interface Explanation {
  readonly model: string;
  readonly operation: RequestFacts['operation'];
  readonly streamed: boolean;
  /** Tokens of the prompt, roughly. */
  readonly promptTokens: number;
  readonly callerId: string;
  /**
   * Id of the target that would be asked first, where all circuits are open the one `circuit.whenAllOpen` leads to;
   * `undefined` when none would be.
   */
  readonly first: string | undefined;
  /** Every target, in the order of the search; those of models that may stand in follow. */
  readonly candidates: readonly Candidate[];
  /** Why the request would be refused before anybody was asked. */
  readonly refusal?: { readonly code: NexusErrorCode; readonly message: string };
}

/**
 * Goes the way of a request as far as that costs nothing: who asks, who could answer, in which order, and whose circuit
 * is open. Limits are not looked at, because looking is taking. A strategy that draws lots or takes turns does so once
 * more. Nor is the conversation looked for, because a request that looks for it joins it: only one that is named is
 * known, and a strategy that goes by conversations may say something else to a request without an id.
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

/** A target of a model, and how its circuit stands. */
interface Standing {
  readonly target: Target;
  readonly model: string;
  readonly state: CircuitState;
  /** The search comes to it where all before it are left alone. */
  readonly isReached: boolean;
}

/** Targets the request leads to, and those of the models that may stand in. */
function inside(facts: CallFacts, caller: Caller, call: Call, parts: Parts): Candidate[] {
  const standings = standingsOf(facts, caller, call, parts);
  const reached = standings.filter(({ isReached }) => isReached);
  const first = reached.find(({ state }) => state.kind !== 'open') ?? lastResort(reached, parts);
  return standings.map((one) => {
    const { target, model, state } = one;
    const why = state.kind === 'open' ? state.why : undefined;
    const otherwise = why === undefined ? 'backs_up' : 'left_alone';
    return candidateOf(target, model, parts.circuit, one === first ? 'asked_first' : otherwise, why);
  });
}

function standingsOf(facts: CallFacts, caller: Caller, call: Call, parts: Parts): Standing[] {
  const { model: asked } = facts;
  const fallbacks = parts.router.fallbacks?.(facts, caller) ?? [];
  const own: Fallback = {
    model: asked,
    insteadOf: asked,
    on: ['unavailable'],
    targets: parts.router.route(facts, caller),
  };
  const hints = {
    conversationId: call.conversationId ?? '',
    newConversation: call.conversationId === undefined,
    callerId: caller.id,
    facts,
  };
  const seen = new Set<string>();
  const reached = new Set([asked]);
  const standings: Standing[] = [];
  for (const { model, insteadOf, on, targets } of [own, ...fallbacks]) {
    if (seen.has(model)) continue;
    seen.add(model);
    const isReached = reached.has(insteadOf) && on.includes('unavailable');
    if (isReached) reached.add(model);
    for (const target of orderOf(targets, hints, parts))
      standings.push({ target, model, state: parts.circuit.state(target), isReached });
  }
  return standings;
}

/** Whom a request that finds every circuit open goes to in the end, as the owner wants it; `undefined`: nobody. */
function lastResort(open: readonly Standing[], { attempts, clock }: Parts): Standing | undefined {
  const { whenAllOpen, maxWaitMs, deadlineMs } = attempts;
  if (whenAllOpen === 'fail_fast') return undefined;
  const tried = new Tried();
  for (const { target, state } of open) tried.leftAlone(target, state, clock.now());
  const [first] = tried.mayComeBack();
  if (!first || (whenAllOpen === 'wait' && first.retryInMs > Math.min(maxWaitMs, deadlineMs))) return undefined;
  return open.find(({ target }) => target === first.target);
}
