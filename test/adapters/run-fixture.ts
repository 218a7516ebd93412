import type { ChatChunk, ChatCompletion, ChatRequest, ChunkStream, Provider } from 'nexusai-hub/ports';
import { isNexusError, type NexusError, wireTextOf } from 'nexusai-hub/provider-kit';
import { expect } from 'vitest';

import { rowOf } from '../../src/errors.ts';
import { contextWith } from './context.ts';
import { CODES_OF_CLASS, type Expectation, type Fixture } from './fixtures.ts';

/** What came of one request. */
export interface Result {
  readonly chunks: ChatChunk[];
  readonly completion?: ChatCompletion;
  readonly error?: NexusError;
}

export function requestOf(fixture: Fixture): ChatRequest {
  return {
    model: 'm',
    messages: [{ role: 'user', content: 'hi' }],
    ...fixture.request.body,
    ...(fixture.response.stream ? { stream: true } : {}),
  };
}

/** Asks and reads to the end. Anything but a `NexusError` is thrown on. */
export async function ask(provider: Provider, request: ChatRequest): Promise<Result> {
  const chunks: ChatChunk[] = [];
  try {
    const answer = await provider.open(request, contextWith());
    if (!isStream(answer)) return { chunks, completion: answer };
    for await (const batch of answer) chunks.push(...(isList(batch) ? batch : [batch]));
    return { chunks };
  } catch (error) {
    if (!isNexusError(error)) throw error;
    return { chunks, error };
  }
}

/** Everything the fixtures' README asks for in its strict mode. */
export function expectAsManifestSays(fixture: Fixture, result: Result): void {
  const wanted = withMatchers(fixture.expect!);
  // A provider that names no model: the one that was asked for.
  const model = wanted.model ?? requestOf(fixture).model;
  const { chunks, completion, error } = result;
  if (wanted.error) expectError(fixture, error);
  else expect(error).toBeUndefined();

  if (completion) {
    expect(completion).toMatchObject({ object: 'chat.completion', id: wanted.id, model });
    expect(completion.choices.map(joinedOfChoice)).toEqual(wanted.choices.map(withoutNulls));
    expect(usageFacts(completion.usage)).toEqual(usageFacts(wanted.usage));
    return;
  }
  if (!wanted.chunks) return;
  expect(entriesOf(chunks)).toEqual(entriesOf(wanted.chunks));
  for (const chunk of chunks) {
    expect(chunk).toMatchObject({ id: wanted.id, model, object: 'chat.completion.chunk' });
    expect(chunk.created).toBe(chunks[0]!.created);
    const text = wireTextOf(chunk);
    if (text !== undefined) expect(JSON.parse(text as string)).toEqual(chunk);
  }
  expect(JSON.stringify(chunks)).not.toContain('\uFFFD');
  expectGrammar(chunks);
}

/** `<generated>` stands for an id of our making. */
function withMatchers(wanted: Expectation): Expectation {
  const id: unknown = expect.stringMatching(/^call_\w+$/);
  const replaced = (_name: string, value: unknown): unknown => (value === '<generated>' ? id : value);
  return JSON.parse(JSON.stringify(wanted), replaced) as Expectation;
}

function expectError(fixture: Fixture, error: NexusError | undefined): void {
  const wanted = fixture.expect!.error!;
  expect(error, 'an error was due').toBeDefined();
  const { code, details } = error!;
  expect(CODES_OF_CLASS[wanted.class]).toContain(code);
  expect(details.askAgain ?? rowOf(error!).askAgain).toBe(wanted.retryable);
  expect(details.providerStatus).toBe(wanted.status);
  expect(details.retryAfterMs).toBe(wanted.retry_after_ms);
  if (fixture.expect!.outcome === 'interrupted') return;
  expect(details.providerCode ?? null).toBe(wanted.code);
  // Keys are masked also where the provider has starred them.
  const words = wanted.message.replace('sk-proj-********************abcd', '[secret]');
  expect(details.providerMessage ?? '').toBe(words);
}

/** Role first and once, finish last and once, then usage and nothing else. */
function expectGrammar(chunks: readonly ChatChunk[]): void {
  const roles = new Map<number, number>();
  const finishes = new Map<number, number>();
  let usages = 0;
  for (const chunk of chunks) {
    expect(usages, 'nothing after the usage').toBe(0);
    if (chunk.usage) {
      usages++;
      expect(chunk.choices).toEqual([]);
    }
    for (const { index, delta, finish_reason: finish } of chunk.choices) {
      expect(finishes.get(index), 'nothing after the finish').toBeUndefined();
      if (delta.role) roles.set(index, (roles.get(index) ?? 0) + 1);
      expect(roles.get(index)).toBe(1);
      if (finish) finishes.set(index, 1);
    }
  }
}

type Entry = Record<string, unknown>;

/** The canonical list: one entry per kind, what is empty left out. */
function entriesOf(chunks: readonly unknown[]): Entry[] {
  const entries: Entry[] = [];
  for (const chunk of chunks as readonly Partial<ChatChunk & Entry>[]) {
    if (chunk.usage) entries.push({ usage: usageFacts(chunk.usage) });
    const choices = (chunk.choices ?? ('delta' in chunk ? [chunk] : [])) as Entry[];
    for (const { index, delta, finish_reason: finish } of choices) {
      const { role, reasoning_content: reasoning, content, refusal, tool_calls: calls } = delta as Entry;
      if (role) entries.push({ index, role });
      if (reasoning) entries.push({ index, reasoning });
      if (content) entries.push({ index, content });
      if (refusal) entries.push({ index, refusal });
      for (const { index: place, id, type, function: named } of (calls ?? []) as Entry[]) {
        entries.push({ index, call: withoutNulls({ place, id, type, named }) });
      }
      if (finish) entries.push({ index, finish });
    }
  }
  return entries;
}

function joinedOfChoice(choice: ChatCompletion['choices'][number]): Entry {
  const { index, message, finish_reason: finish } = choice;
  const native = 'native_finish_reason' in choice ? choice.native_finish_reason : finish;
  const { role, content, refusal, reasoning_content, tool_calls } = message;
  return withoutNulls({
    index,
    role,
    content,
    refusal,
    reasoning_content,
    tool_calls,
    finish_reason: finish,
    native_finish_reason: native,
  });
}

function withoutNulls(entry: Entry): Entry {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null && value !== undefined));
}

function usageFacts(usage: unknown): unknown {
  if (!usage) return null;
  const all = usage as Record<string, Record<string, number> | undefined>;
  return {
    prompt: all['prompt_tokens'],
    completion: all['completion_tokens'],
    total: all['total_tokens'],
    cached: all['prompt_tokens_details']?.['cached_tokens'],
    reasoning: all['completion_tokens_details']?.['reasoning_tokens'],
  };
}

export function isStream(answer: ChatCompletion | ChunkStream): answer is ChunkStream {
  return Symbol.asyncIterator in answer;
}

export function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
