import type { Answer, AnswerHead } from './answer.ts';
import { AnswerStream } from './answer.ts';
import type { Asked } from './ask.ts';
import { ask } from './ask.ts';
import { Attempt } from './attempt.ts';
import { AttemptPlan } from './attempt-plan.ts';
import type { Call, WholeBody } from './call.ts';
import { asNexusError } from './errors.ts';
import { previousResponseOf } from './openai/forward-request.ts';
import type { Parts } from './parts.ts';
import type { Caller, ForwardFacts, Session, Slot, Target, Usage } from './ports/index.ts';
import { CallFacts } from './request-facts.ts';
import { Visit } from './visit.ts';

/**
 * The journey of a request, from the question who asks to an answer that has begun.
 *
 * Until the first content is in hand a failure is silent and the next target is asked, within one budget of attempts
 * and one deadline. From then on it is that target's answer: complete, or an error to its reader.
 *
 * @throws NexusError and nothing else.
 */
export async function answerTo(call: Call, parts: Parts): Promise<Answer> {
  const visit = new Visit(parts, call);
  try {
    const caller = await visit.wait(parts.authenticator.identify(call.credentials, visit.signal));
    visit.caller = caller;
    const facts = new CallFacts(call);
    const targets = targetsOf(call, facts, caller, parts);
    visit.session = await openSession(call, caller, parts, visit);
    visit.lease = await visit.wait(parts.limiter.acquire(caller, facts, visit.signal), (late) => {
      late.settle({ usage: undefined, costNanoUsd: null });
    });

    const plan = new AttemptPlan(parts, visit, inOrder(targets, facts, parts, visit));
    for (let target = await plan.next(); target; target = await plan.next()) {
      const attempt = await enter(target, plan, parts, visit);
      if (!attempt) continue;
      try {
        const asked = await ask(attempt, call);
        visit.begins();
        return answerOf(asked, attempt, plan, visit, parts);
      } catch (cause) {
        const error = asNexusError(cause);
        if (visit.cancelledBy || !plan.failed(target, error)) throw error;
      }
    }
    throw plan.nobodyAnswered(call.request.model);
  } catch (cause) {
    throw visit.refuse(cause);
  }
}

/** Who could answer: all that serve the model, or the one that made the response this request goes on from. */
function targetsOf(call: Call, facts: CallFacts, caller: Caller, parts: Parts): readonly Target[] {
  const targets = parts.router.route(facts, caller);
  if (call.operation === 'chat' || call.operation === 'embeddings') return targets;
  const responseId = previousResponseOf(call.operation, call.request);
  return responseId === undefined ? targets : parts.responses.targetsOf(responseId, caller, targets);
}

/**
 * Takes a place at the provider and the circuit's admission; `undefined` when this target is not to be asked now. The
 * place comes first: a request that waits for one must not hold the circuit's only probe.
 */
async function enter(target: Target, plan: AttemptPlan, parts: Parts, visit: Visit): Promise<Attempt | undefined> {
  const { deadlineMs } = parts.attempts;
  let slot: Slot;
  try {
    const waiting = {
      signal: visit.signal,
      maxWaitMs: deadlineMs - visit.age(),
      priority: visit.caller?.priority ?? 0,
    };
    slot = await visit.wait(parts.flow.enter(target, waiting), (late) => {
      late.release();
    });
  } catch (cause) {
    const error = asNexusError(cause);
    if (visit.cancelledBy || !plan.failed(target, error)) throw error;
    return undefined;
  }
  if (visit.age() >= deadlineMs) {
    slot.release();
    return undefined;
  }
  try {
    const ticket = parts.circuit.enter(target);
    if (ticket) {
      return new Attempt(parts, visit, target, plan.begin(), slot, ticket);
    }
  } catch (cause) {
    slot.release();
    throw cause;
  }
  slot.release();
  plan.leaveAlone(target);
  return undefined;
}

/** The conversation this request belongs to. A tracker that fails costs the request its conversation, nothing more. */
async function openSession(call: Call, caller: Caller, parts: Parts, visit: Visit): Promise<Session> {
  const request = call.operation === 'chat' ? call.request : undefined;
  try {
    return await visit.wait(parts.sessions.open(request, caller, call.conversationId));
  } catch (cause) {
    if (visit.cancelledBy) throw cause;
    parts.logger.error({ requestId: visit.requestId, cause }, 'the session tracker failed');
    return { id: visit.requestId, isNew: true };
  }
}

/** The balancer's order, or the configured one where the balancer fails or invents targets. */
function inOrder(targets: readonly Target[], facts: CallFacts, parts: Parts, visit: Visit): readonly Target[] {
  if (targets.length < 2) return targets;
  try {
    const hints = {
      conversationId: visit.session?.id ?? '',
      newConversation: visit.session?.isNew ?? true,
      callerId: visit.caller?.id ?? '',
      facts,
    };
    const ordered = parts.balancer.order(targets, hints);
    if (ordered.length === targets.length && targets.every((target) => ordered.includes(target))) return ordered;
    parts.logger.error({ requestId: visit.requestId }, 'the balancer lost or invented a target');
  } catch (cause) {
    parts.logger.error({ requestId: visit.requestId, cause }, 'the balancer failed');
  }
  return targets;
}

function answerOf(asked: Asked, attempt: Attempt, plan: AttemptPlan, visit: Visit, parts: Parts): Answer {
  const head: AnswerHead = {
    requestId: visit.requestId,
    conversationId: visit.session?.id ?? visit.requestId,
    provider: attempt.target.providerId,
    attempts: plan.begun,
    overheadMs: Math.max(0, visit.age() - visit.askedMs),
  };
  switch (asked.kind) {
    case 'stream':
      return { kind: 'stream', head, stream: new AnswerStream(visit, attempt, asked.reader, asked.begun) };
    case 'pieces': {
      const { contentType, reader, begun } = asked;
      rememberResponse(reader.facts, head, visit, parts);
      return { kind: 'forwarded', head, contentType, body: new AnswerStream(visit, attempt, reader, begun) };
    }
    case 'bytes': {
      const { contentType, bytes, facts } = asked;
      rememberResponse(facts, head, visit, parts);
      attempt.succeed();
      visit.close('ok', facts);
      return { kind: 'forwarded', head, contentType, body: bytes };
    }
    case 'whole':
      attempt.succeed();
      visit.close('ok', { usage: usageOf(asked.body), text: textOf(asked.body) });
      return { kind: 'whole', head, body: asked.body };
  }
}

/** So that the next request of the conversation finds its way back. */
function rememberResponse({ responseId }: ForwardFacts, head: AnswerHead, visit: Visit, parts: Parts): void {
  if (responseId !== undefined) parts.responses.remember(responseId, visit.caller, head.provider);
}

/** Embeddings report prompt tokens only. */
function usageOf(body: WholeBody): Usage | undefined {
  return body.object === 'list' ? { ...body.usage, completion_tokens: 0 } : body.usage;
}

function textOf(body: WholeBody): string {
  if (body.object === 'list') return '';
  return body.choices.map(({ message }) => (message.reasoning_content ?? '') + (message.content ?? '')).join('');
}
