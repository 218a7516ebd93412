import type { ChatRequest } from '../../openai/types.ts';
import { instructionsOf } from './message-digest.ts';
import type { TextDigests } from './text-digest.ts';

/** Instructions, tools and model of a request: when one of them has changed, so have the tokens. */
export function settingOf(request: ChatRequest, digests: TextDigests): string {
  let tools = '';
  for (const tool of request.tools ?? []) tools += `${tool.type === 'function' ? tool.function.name : tool.type},`;
  const instructions = instructionsOf(request.messages);
  return `${shortDigestOf(instructions, digests)}/${shortDigestOf(tools, digests)}/${request.model}`;
}

function shortDigestOf(text: string, digests: TextDigests): string {
  return text === '' ? '' : digests.instructions(text).slice(0, 11);
}
