import type { SessionClues } from '../ports/index.ts';
import type { Exchange } from './exchange.ts';

/** Headers by which clients and gateways name a conversation, those that say so most plainly first. */
export const CONVERSATION_HEADERS = [
  'x-conversation-id',
  'x-session-id',
  // LiteLLM, Helicone, Open WebUI (with ENABLE_FORWARD_USER_INFO_HEADERS)
  'x-litellm-session-id',
  'helicone-session-id',
  'x-openwebui-chat-id',
  // Claude Code, Codex (older ones write it with `_`), opencode, Amp, Qwen Code, Docker's agent
  'x-claude-code-session-id',
  'session-id',
  'session_id',
  'conversation_id',
  'x-opencode-session',
  'x-session-affinity',
  'x-amp-thread-id',
  'x-qwen-code-session-id',
  'x-cagent-session-id',
] as const;

/** Longer ones are nobody's. */
const LONGEST_ID = 512;

/** The conversation a header of the client names, where the caller named none to the hub itself. */
export function clientConversationOf(exchange: Exchange): SessionClues['named'] {
  for (const name of CONVERSATION_HEADERS) {
    const id = exchange.header(name)?.trim();
    if (id !== undefined && id !== '' && id.length <= LONGEST_ID) return { id, by: `header ${name}` };
  }
  return undefined;
}
