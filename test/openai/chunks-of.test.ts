import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunksOf } from '../../src/openai/collect.ts';
import type { ChatChunk, ChatCompletion, ChunkChoice, Delta } from '../../src/openai/types.ts';
import { collect, completions } from './collecting.ts';

describe('chunksOf', () => {
  it('collected again is the same completion', () => {
    fc.assert(
      fc.property(completions, (completion) => {
        const before = structuredClone(completion);
        const chunks = chunksOf(completion);
        expect(collect(chunks)).toEqual(completion);
        expect(completion).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });

  it('is a stream in normal form: one id, role first and once, finish last and once, then usage', () => {
    fc.assert(
      fc.property(completions, (completion) => {
        const chunks = chunksOf(completion);
        const usageAt = chunks.findIndex(({ usage }) => usage);
        expect(usageAt).toBe(completion.usage ? chunks.length - 1 : -1);
        for (const { id, object, created, model } of chunks) {
          expect({ id, object, created, model }).toEqual({
            id: completion.id,
            object: 'chat.completion.chunk',
            created: completion.created,
            model: completion.model,
          });
        }
        for (const { index } of completion.choices) {
          const pieces = chunks.flatMap(({ choices }) => choices).filter((piece) => piece.index === index);
          expect(pieces.map(({ delta }) => delta.role)).toEqual(['assistant', ...pieces.slice(1).map(() => undefined)]);
          expect(pieces.map((piece) => piece.finish_reason !== null)).toEqual(
            pieces.map((_, place) => place === pieces.length - 1),
          );
        }
      }),
    );
  });

  it('a stream may cut texts anywhere and mix its choices: the completion is the same', () => {
    fc.assert(
      fc.property(completions, fc.array(fc.nat(3), { minLength: 1 }), (completion, sizes) => {
        const fine = chunksOf(completion).flatMap((each) => splitTexts(each, sizes));
        expect(collect(mixed(fine))).toEqual(completion);
      }),
      { numRuns: 500 },
    );
  });

  it('says everything in order: reasoning, content, refusal, calls', () => {
    const message = {
      role: 'assistant' as const,
      content: 'c',
      refusal: 'r',
      reasoning_content: 't',
      tool_calls: [{ id: 'a', type: 'function' as const, function: { name: 'f', arguments: '{}' } }],
    };
    const completion: ChatCompletion = {
      id: 'x',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'tool_calls', logprobs: null }],
    };
    const deltas = chunksOf(completion).map(({ choices }) => choices[0]?.delta);
    expect(deltas).toEqual([
      { role: 'assistant', content: '' },
      { reasoning_content: 't' },
      { content: 'c' },
      { refusal: 'r' },
      { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] },
      {},
    ]);
  });
});

/** The same chunk as several, its content and refusal cut into pieces. */
function splitTexts(whole: ChatChunk, sizes: number[]): ChatChunk[] {
  const [piece] = whole.choices;
  const name = piece?.delta.content ? 'content' : 'refusal';
  const words = piece?.delta[name];
  if (!piece || !words) return [whole];
  const parts: Delta[] = [];
  for (let at = 0; at < words.length;) {
    const end = at + 1 + (sizes[parts.length % sizes.length] ?? 0);
    parts.push({ ...(at === 0 ? piece.delta : {}), [name]: words.slice(at, end) });
    at = end;
  }
  return parts.map((delta, place): ChatChunk => {
    const { logprobs, ...rest } = piece;
    const part: ChunkChoice = { ...rest, ...(place === 0 && logprobs !== undefined ? { logprobs } : {}), delta };
    return { ...whole, choices: [part] };
  });
}

/** Chunks of the choices in turn; within a choice in order, usage last. */
function mixed(chunks: ChatChunk[]): ChatChunk[] {
  const queues = new Map<number | undefined, ChatChunk[]>();
  for (const each of chunks) {
    const index = each.choices[0]?.index;
    queues.set(index, [...(queues.get(index) ?? []), each]);
  }
  const last = queues.get(undefined) ?? [];
  queues.delete(undefined);
  const result: ChatChunk[] = [];
  while ([...queues.values()].some((queue) => queue.length > 0)) {
    for (const queue of queues.values()) result.push(...queue.splice(0, 1));
  }
  return [...result, ...last];
}
