import type { ChatRequest } from '../../openai/types.ts';
import { KnownDigests } from './known-digests.ts';
import { instructionsOf } from './message-digest.ts';
import { plainDigestOf } from './text-digest.ts';

/** Applications send the same instructions with all of their requests. Longer ones are remembered among all that was said. */
const known = new KnownDigests({ shortest: 1, longest: 511, kept: 16_384 });

/** Instructions, tools and model of a request: when one of them has changed, so have the tokens. */
export function settingOf(request: ChatRequest): string {
  let tools = '';
  for (const tool of request.tools ?? []) tools += `${tool.type === 'function' ? tool.function.name : tool.type},`;
  return `${shortDigestOf(instructionsOf(request.messages))}/${shortDigestOf(tools)}/${request.model}`;
}

function shortDigestOf(text: string): string {
  return text === '' ? '' : known.of('', text, plainDigestOf).slice(0, 11);
}
