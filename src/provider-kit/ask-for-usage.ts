import { isNexusError } from '../errors.ts';
import { changeMembers } from '../openai/splice.ts';
import type { ChatRequest } from '../openai/types.ts';

/** Names kept of models that refuse to be asked; a server with more of them is asked again now and then. */
const MAX_REMEMBERED = 1000;

/** Sends a request by `send`, asking for usage on the way. */
export type UsageAsker = <T>(request: ChatRequest, send: (request: ChatRequest) => Promise<T>) => Promise<T>;

/**
 * Asks for the usage of every streamed answer (`stream_options.include_usage`), keeping the caller's other options.
 * Where a server refuses the option (older Azure versions, small servers), the request is repeated once without it, and
 * the model is not asked again.
 */
export function usageAsker(): UsageAsker {
  const refusing = new Set<string>();
  return async (request, send) => {
    if (request.stream !== true) return send(request);
    if (refusing.has(request.model)) return send(withoutOptions(request));
    try {
      return await send(withUsage(request));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (refusing.size >= MAX_REMEMBERED) refusing.clear();
      refusing.add(request.model);
      return send(withoutOptions(request));
    }
  };
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
  return /stream_options|include_usage/.test(`${param} ${providerMessage}`);
}
