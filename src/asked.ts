import type { PassedOn } from './ask-forward.ts';
import type { Used } from './attempt-accounts.ts';
import type { WholeBody } from './call.ts';
import type { Batch, ChunkReader } from './chunk-reader.ts';
import { isJsonObject } from './openai/json.ts';
import { usageOf } from './openai/usage.ts';
import type { AssistantMessage } from './ports/index.ts';

/** What one target gave: a whole body, or a stream with its first content already read. */
export type Asked =
  | PassedOn
  | { readonly kind: 'whole'; readonly body: WholeBody }
  | { readonly kind: 'stream'; readonly reader: ChunkReader; readonly begun: Batch };

/** What an answer has used so far: of a whole one, all of it. */
export function usedBy(asked: Asked): Used {
  switch (asked.kind) {
    case 'stream':
    case 'pieces':
      return asked.reader.used();
    case 'bytes':
      return asked.facts;
    case 'whole':
      return usedByWhole(asked.body);
  }
}

function usedByWhole(body: WholeBody): Used {
  // Embeddings report prompt tokens only, and some providers less than that.
  if (body.object === 'list') return { usage: usageOf({ ...body.usage, completion_tokens: 0 }), text: '' };
  const { usage, choices } = body;
  const text = choices.map(({ message }) => textOf(message)).join('');
  return { usage, text, isPlain: choices.length === 1 && text === choices[0]?.message.content };
}

/** Everything the model has said: thinking, words, refusals, and calls of tools as far as they go. */
function textOf(message: AssistantMessage): string {
  let text = (message.reasoning_content ?? '') + (message.content ?? '') + (message.refusal ?? '');
  const calls: unknown = message.tool_calls;
  if (!Array.isArray(calls)) return text;
  for (const call of calls) {
    const called: unknown = isJsonObject(call) ? (call['function'] ?? call['custom']) : undefined;
    if (!isJsonObject(called)) continue;
    for (const said of [called['name'], called['arguments'], called['input']])
      if (typeof said === 'string') text += said;
  }
  return text;
}
