import { isNexusError } from '../errors.ts';
import { changeMembers } from '../openai/splice.ts';
import type { ChatRequest } from '../openai/types.ts';

/** Groups kept that refuse to be asked; a server with more of them is asked again now and then. */
const MAX_REMEMBERED = 1000;

/** Sends a request by `send`, asking for usage on the way. */
export type UsageAsker = <T>(request: ChatRequest, send: (request: ChatRequest) => Promise<T>) => Promise<T>;

/**
 * Asks for the usage of every streamed answer (`stream_options.include_usage`), keeping the caller's other options.
 * Where a server refuses the option (older Azure versions, small servers), the request is repeated once without it; if
 * that helps, no request of its group is asked again. `groupOf` tells which requests a server treats alike: those of one
 * model, unless told otherwise.
 */
export function usageAsker(groupOf: (request: ChatRequest) => string = modelOf): UsageAsker {
  const refusals = new UsageRefusals();
  return (request, send) => {
    if (request.stream !== true) return send(request);
    const asking = (): ReturnType<typeof send> => send(withUsage(request));
    return refusals.ask(groupOf(request), asking, () => send(withoutOptions(request)));
  };
}

/** Remembers which groups of requests refuse to be asked for their usage. */
export class UsageRefusals {
  readonly #groups = new Set<string>();

  /** Sends with the question, or without it where it is refused. */
  async ask<T>(group: string, withQuestion: () => Promise<T>, without: () => Promise<T>): Promise<T> {
    if (this.#groups.has(group)) return without();
    try {
      return await withQuestion();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const answer = await without();
      if (this.#groups.size >= MAX_REMEMBERED) this.#groups.clear();
      this.#groups.add(group);
      return answer;
    }
  }
}

function modelOf(request: ChatRequest): string {
  return request.model;
}

function withUsage(request: ChatRequest): ChatRequest {
  if (request.stream_options?.include_usage === true) return request;
  return changeMembers(request, { stream_options: { ...request.stream_options, include_usage: true } });
}

function withoutOptions(request: ChatRequest): ChatRequest {
  return changeMembers(request, { stream_options: undefined });
}

function isRefusal(error: unknown): boolean {
  if (!isNexusError(error) || error.code !== 'provider_rejected') return false;
  const { param = '', providerMessage = '' } = error.details;
  return REFUSALS.test(`${param} ${providerMessage}`);
}

/** Some Azure versions do not say which input they mean. */
const REFUSALS = /stream_options|include_usage|extra (?:inputs|fields) (?:are )?not permitted/i;
