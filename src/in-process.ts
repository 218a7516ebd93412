import { defaultMaxListeners, getMaxListeners, setMaxListeners } from 'node:events';
import type { AnswerHead } from './answer.ts';
import type { Call } from './call.ts';
import { Existing } from './openai/existing.ts';
import type { RequestOptions } from './request-options.ts';
import { checkRequestOptions } from './request-options.ts';

const MANY_LISTENERS = 10_000;

/** An answer with its head noted on it. */
class Headed extends Existing {
  #head: AnswerHead;

  constructor(answer: object, head: AnswerHead) {
    super(answer);
    this.#head = head;
  }

  static headOf(answer: object): AnswerHead | undefined {
    return #head in answer ? answer.#head : undefined;
  }

  /** One object may be the answer to several requests; it tells of the last. */
  static note(answer: object, head: AnswerHead): void {
    if (#head in answer) answer.#head = head;
    else new Headed(answer, head);
  }
}

/**
 * How an answer of this process came about: its request id, conversation, provider and attempts. Nothing is known of
 * answers that came another way, nor of plain texts.
 */
export function answerInfo(answer: object): AnswerHead | undefined {
  return Headed.headOf(answer);
}

/** The answer, whose head `answerInfo` tells from now on. */
export function withHead<T extends object>(answer: T, head: AnswerHead): T {
  Headed.note(answer, head);
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
