import type { Call } from './call.ts';
import { isJsonObject } from './openai/json.ts';
import { previousResponseOf } from './openai/forward-request.ts';
import type { JsonObject, MatchedBy, SessionClues } from './ports/index.ts';

/** Members of a body that name the conversation to the hub itself, and those that other gateways read. */
const OWN_MEMBERS: readonly Path[] = [['metadata', 'conversation_id'], ['conversation', 'id'], ['conversation']];
const KNOWN_MEMBERS: readonly Path[] = [
  ['conversation_id'],
  ['session_id'],
  ['litellm_session_id'],
  ['metadata', 'session_id'],
  ['metadata', 'thread_id'],
  ['metadata', 'chat_id'],
];

type Path = readonly [string, string?];

/**
 * What tells the conversation of a request beside its messages. Of several names the first counts: the one told to the
 * hub by option or header, by a member of its own, by a header or a member that clients are known to send.
 */
export function cluesOf(call: Call): SessionClues {
  const body = bodyOf(call);
  const named =
    call.conversationId === undefined
      ? (namedBy(OWN_MEMBERS, body) ?? call.clientConversation ?? namedBy(KNOWN_MEMBERS, body))
      : ({ id: call.conversationId, by: 'id' } as const);
  if (call.operation === 'chat') return { named, stored: call.stored };
  if (call.operation === 'embeddings') return { named };
  const key = body?.['prompt_cache_key'];
  return {
    named,
    previousResponseId: previousResponseOf(call.operation, call.request),
    promptCacheKey: typeof key === 'string' && key !== '' ? key : undefined,
  };
}

function bodyOf(call: Call): JsonObject | undefined {
  if (call.operation === 'chat' || call.operation === 'embeddings') return call.request as unknown as JsonObject;
  return call.request.body.kind === 'json' ? call.request.body.value : undefined;
}

function namedBy(members: readonly Path[], body: JsonObject | undefined): SessionClues['named'] {
  if (!body) return undefined;
  for (const [outer, inner] of members) {
    const value = body[outer];
    const id = inner === undefined ? value : isJsonObject(value) ? value[inner] : undefined;
    if (typeof id === 'string' && id !== '')
      return { id, by: memberNamed(inner === undefined ? outer : `${outer}.${inner}`) };
  }
  return undefined;
}

function memberNamed(name: string): MatchedBy {
  return `member ${name}`;
}
