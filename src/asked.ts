import type { PassedOn } from './ask-forward.ts';
import type { Used } from './attempt-accounts.ts';
import type { WholeBody } from './call.ts';
import type { Batch, ChunkReader } from './chunk-reader.ts';

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
  // Embeddings report prompt tokens only.
  if (body.object === 'list') return { usage: { ...body.usage, completion_tokens: 0 }, text: '' };
  const text = body.choices.map(({ message }) => (message.reasoning_content ?? '') + (message.content ?? '')).join('');
  return { usage: body.usage, text };
}
