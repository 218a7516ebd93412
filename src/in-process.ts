import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import type { AnswerHead } from './answer.ts';
import type { Call } from './call.ts';
import type { RequestOptions } from './request-options.ts';
import { checkRequestOptions } from './request-options.ts';

const MANY_LISTENERS = 10_000;

const heads = new WeakMap<object, AnswerHead>();

/**
 * How an answer of this process came about: its request id, conversation, provider and attempts. Nothing is known of
 * answers that came another way, nor of plain texts.
 */
export function answerInfo(answer: object): AnswerHead | undefined {
  return heads.get(answer);
}

/** The answer, whose head `answerInfo` tells from now on. */
export function withHead<T extends object>(answer: T, head: AnswerHead): T {
  heads.set(answer, head);
  return answer;
}

/**
 * What every call of the own program brings along.
 * @throws TypeError for an option that is not known, or of another kind
 */
export function basicsOf(options: RequestOptions): Omit<Call, 'operation' | 'request'> {
  checkRequestOptions(options);
  const { signal, conversationId, includeHistory: includesHistory, priority, cache, timeout: timeoutMs } = options;
  if (signal) allowManyListeners(signal);
  const names = { conversationId, includesHistory };
  return { credentials: { via: 'process' }, signal: signal ?? undefined, ...names, priority, cache, timeoutMs };
}

/** Requests that share one signal of their caller are no leak: keeps Node from warning of one, as its `fetch` does. */
function allowManyListeners(signal: AbortSignal): void {
  if (signal instanceof EventTarget && getMaxListeners(signal) <= defaultMaxListeners)
    setMaxListeners(MANY_LISTENERS, signal);
}
