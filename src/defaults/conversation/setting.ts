import type { ChatRequest } from '../../openai/types.ts';
import { instructionsOf } from './message-digest.ts';
import { plainDigestOf } from './text-digest.ts';

/** Texts whose digests are remembered here, and the longest of them: longer ones are remembered among all that was said. */
const MOST_REMEMBERED = 64;
const LONGEST_REMEMBERED = 512;

/**
 * Each in the place of its length: applications send the same instructions with all of their requests. They stay for as
 * long as the process runs, or until others of such a length come.
 */
const remembered: ({ readonly text: string; readonly digest: string } | undefined)[] = Array.from({
  length: MOST_REMEMBERED,
});

/** Instructions, tools and model of a request: when one of them has changed, so have the tokens. */
export function settingOf(request: ChatRequest): string {
  let tools = '';
  for (const tool of request.tools ?? []) tools += `${tool.type === 'function' ? tool.function.name : tool.type},`;
  return `${shortDigestOf(instructionsOf(request.messages))}/${shortDigestOf(tools)}/${request.model}`;
}

function shortDigestOf(text: string): string {
  if (text === '') return '';
  const place = text.length % MOST_REMEMBERED;
  const known = remembered[place];
  if (known?.text === text) return known.digest;
  const digest = plainDigestOf('', text).slice(0, 11);
  if (text.length <= LONGEST_REMEMBERED) remembered[place] = { text, digest };
  return digest;
}
