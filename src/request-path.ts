import { leaveUnused } from './after-answer.ts';
import type { Answer, AnswerHead } from './answer.ts';
import type { AnswerRules } from './answer-check.ts';
import { AnswerStream } from './answer-stream.ts';
import { usedBy } from './asked.ts';
import { AttemptPlan } from './attempt-plan.ts';
import { askTargets } from './beside.ts';
import type { Call, WholeBody } from './call.ts';
import { CompletionCap } from './completion-cap.ts';
import { continuationOf } from './continuation.ts';
import { isPromise } from './defaults/is-promise.ts';
import { enter } from './enter.ts';
import { answerFromCache } from './from-cache.ts';
import type { Leg } from './legs.ts';
import { logPrompt } from './log-prompt.ts';
import { previousResponseOf } from './openai/forward-request.ts';
import { orderOf } from './order.ts';
import type { Parts } from './parts.ts';
import type { AssistantMessage, Caller, ForwardFacts, Session, Target } from './ports/index.ts';
import type { LostAttempt, WonRace } from './race.ts';
import { CallFacts } from './request-facts.ts';
import type { Search } from './search.ts';
import { cluesOf } from './session-clues.ts';
import { Visit } from './visit.ts';
import { mentionsHistory, withHistory } from './with-history.ts';

/**
 * The journey of a request, from the question who asks to an answer that has begun.
 *
 * Until the first content is in hand a failure is silent and the next target is asked, within one budget of attempts
 * and one deadline. From then on it is that target's answer: complete, or an error to its reader.
 *
 * @throws NexusError and nothing else.
 */
export async function answerTo(asked: Call, parts: Parts): Promise<Answer> {
  const visit = new Visit(parts, asked);
  try {
    parts.books.checkOpen();
    const caller = asked.caller ?? (await visit.wait(parts.authenticator.identify(asked.credentials, visit.signal)));
    visit.caller = caller;
    parts.roles.check(caller, 'chat');
    const call = mentionsHistory(asked) ? await visit.wait(withHistory(asked, caller, parts)) : asked;
    visit.call = call;
    if (parts.logsPrompts) logPrompt(call, visit.requestId, caller.id, parts.logger);
    const facts = new CallFacts(call);
    const targets = targetsOf(call, facts, caller, parts);
    // What is there at once is not waited for, here and below: each wait is a turn of the queue.
    const session = openSession(call, caller, parts, visit);
    visit.session = session instanceof Promise ? await session : session;
    const budget = parts.books.untilBudgetOf(caller);
    if (budget) await visit.wait(budget);
    const lease = parts.limiter.acquire(caller, facts, visit.signal);
    visit.lease = isPromise(lease) ? await visit.wait(lease, (late) => leaveUnused(late, visit, parts)) : lease;
    const { mostCompletionTokens: most } = visit.lease;
    if (most !== undefined) visit.cap = new CompletionCap(most);

    if (parts.shelves ?? call.cache) {
      const kept = await answerFromCache(call, caller, targets, visit, parts);
      if (kept) return await whenKept(kept, visit);
    }

    parts.retries.earn();
    parts.hedging?.earn();
    const ordered = { model: facts.model, on: [], targets: () => inOrder(targets, facts, parts, visit) };
    const plan = new AttemptPlan(parts, visit, ordered, fallbacksOf(facts, caller, parts, visit));
    const search: Search = { call: visit.shelf?.toAsk(call) ?? call, facts, plan, visit, parts };
    if (parts.explains) visit.candidates = () => plan.candidates();
    for (;;) {
      const next = plan.next();
      const step = next instanceof Promise ? await next : next;
      if (!step) break;
      const entered = enter(step, search);
      const attempt = entered instanceof Promise ? await entered : entered;
      if (!attempt) continue;
      const askedAfterMs = visit.age();
      const race = await askTargets(attempt, search, rulesOf(search));
      visit.askedMs += visit.age() - askedAfterMs;
      if (race.kind === 'won') {
        const answer = answerOf(race, search);
        return visit.remembering || visit.kept ? await whenKept(answer, visit) : answer;
      }
      goOnAfter(race.failures, search);
    }
    throw plan.tried.error(call.request.model);
  } catch (cause) {
    const error = visit.refuse(cause);
    await visit.kept?.catch(() => undefined);
    throw error;
  }
}

/** The answer, once it can be gone on from, and its record is durable where that is waited for. */
async function whenKept(answer: Answer, visit: Visit): Promise<Answer> {
  if (visit.remembering) await visit.remembering;
  if (visit.kept) await visit.kept;
  return answer;
}

/** Who could answer: all that serve the model, or the one that made the response this request goes on from. */
function targetsOf(call: Call, facts: CallFacts, caller: Caller, parts: Parts): readonly Target[] {
  const targets = parts.router.route(facts, caller);
  if (call.operation === 'chat' || call.operation === 'embeddings') return targets;
  const responseId = previousResponseOf(call.operation, call.request);
  return responseId === undefined ? targets : parts.responses.targetsOf(responseId, caller, targets);
}

/** Models that may answer in this one's place, each in the balancer's order. */
function fallbacksOf(facts: CallFacts, caller: Caller, parts: Parts, visit: Visit): readonly Leg[] {
  const fallbacks = parts.router.fallbacks?.(facts, caller) ?? [];
  return fallbacks.map((leg) => ({ ...leg, targets: () => inOrder(leg.targets, facts, parts, visit) }));
}

/** What an answer is held against before it is taken. */
function rulesOf({ plan, parts }: Search): AnswerRules {
  return {
    schema: parts.attempts.checkSchema || plan.goesOnAfter('schema'),
    filter: plan.goesOnAfter('content_filter'),
  };
}

/** Takes note of failed attempts. Throws the last of them when nobody else is to be asked. */
function goOnAfter(failures: readonly LostAttempt[], { plan, visit }: Search): void {
  const last = failures.at(-1);
  if (!last) return;
  if (visit.cancelledBy) throw last.error;
  const failed = failures.map(({ attempt: { target }, error }) => ({ target, error }));
  if (!plan.failed(...failed)) throw last.error;
}

/** The conversation this request belongs to. A tracker that fails costs the request its conversation, nothing more. */
function openSession(call: Call, caller: Caller, parts: Parts, visit: Visit): Session | Promise<Session> {
  const request = call.operation === 'chat' ? call.request : undefined;
  const withoutTracker = (cause: unknown): Session => {
    if (visit.cancelledBy) throw cause;
    parts.logger.error({ requestId: visit.requestId, cause }, 'the session tracker failed');
    return { id: visit.requestId, isNew: true };
  };
  try {
    const opened = visit.wait(parts.sessions.open(request, caller, cluesOf(call)));
    return opened instanceof Promise ? opened.catch(withoutTracker) : opened;
  } catch (cause) {
    return withoutTracker(cause);
  }
}

/** What the balancer is told, and the order it gives. */
function inOrder(targets: readonly Target[], facts: CallFacts, parts: Parts, visit: Visit): readonly Target[] {
  const { session, caller } = visit;
  const hints = {
    conversationId: session?.id ?? '',
    newConversation: session?.isNew ?? true,
    callerId: caller?.id ?? '',
    facts,
  };
  return orderOf(targets, hints, parts);
}

function answerOf({ attempt, asked }: WonRace, search: Search): Answer {
  const { plan, visit, parts } = search;
  visit.begins();
  attempt.isTaken();
  const head: AnswerHead = {
    requestId: visit.requestId,
    conversationId: visit.session?.id ?? visit.requestId,
    provider: attempt.target.providerId,
    attempts: plan.begun,
    overheadMs: Math.max(0, visit.age() - visit.askedMs),
    limits: visit.lease?.limits,
    cache: visit.shelf && 'miss',
  };
  switch (asked.kind) {
    case 'stream': {
      const { reader, begun } = asked;
      const continuation = continuationOf(search);
      return { kind: 'stream', head, stream: new AnswerStream(visit, attempt, reader, begun, continuation) };
    }
    case 'pieces': {
      const { contentType, reader, begun } = asked;
      rememberResponse(reader.facts, attempt.target, visit, parts);
      return { kind: 'forwarded', head, contentType, body: new AnswerStream(visit, attempt, reader, begun) };
    }
    case 'bytes': {
      const { contentType, bytes, facts } = asked;
      rememberResponse(facts, attempt.target, visit, parts);
      attempt.succeed(usedBy(asked));
      visit.close('ok');
      return { kind: 'forwarded', head, contentType, body: bytes };
    }
    case 'whole':
      attempt.succeed(usedBy(asked));
      visit.close('ok', { message: messageIn(asked.body), body: asked.body });
      return { kind: 'whole', head, body: asked.body };
  }
}

/** So that the next request of the conversation finds its way back. */
function rememberResponse({ responseId }: ForwardFacts, target: Target, visit: Visit, parts: Parts): void {
  if (responseId === undefined) return;
  visit.responseId = responseId;
  parts.responses.remember(responseId, visit.caller, target);
}

/** What was said: the first of the answers. */
function messageIn(body: WholeBody): AssistantMessage | undefined {
  return body.object === 'list' ? undefined : body.choices[0]?.message;
}
