import { inspect } from 'node:util';

import type { NexusError, NexusErrorCode } from '../../errors.ts';
import type { ChatChunk, ChatCompletion, Usage } from '../../openai/types.ts';
import type { UpstreamAnswer, UpstreamDialect } from '../dialect.ts';

/** What came of one request: everything that was read, and the error it ended with. */
export interface Reading {
  readonly chunks: readonly ChatChunk[];
  readonly completion: ChatCompletion | undefined;
  readonly error: NexusError | undefined;
}

/** An answer in short: the same for a stream and for a whole one. */
interface Gist {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly { id: string; name: string; arguments: string }[];
  readonly finish: string | undefined;
  readonly usage: readonly number[] | undefined;
}

/** Fails unless both are the same. */
export function expectSame(what: string, came: unknown, wanted: unknown): void {
  const [a, b] = [inspect(came, { depth: 9 }), inspect(wanted, { depth: 9 })];
  if (a !== b) throw new Error(`${what}: expected ${b}; came ${a}.`);
}

/** Fails unless the reading ended with one of these errors. */
export function expectCode(reading: Reading, ...codes: readonly NexusErrorCode[]): NexusError {
  const { error } = reading;
  if (error && codes.includes(error.code)) return error;
  const came = error ? `${error.code} ("${error.message}")` : `no error, text "${gistOf(reading).text.slice(0, 200)}"`;
  throw new Error(`Expected the error ${codes.join(' or ')}; came ${came}.`);
}

/** The text that was delivered. */
export function expectText(reading: Reading, text: string): void {
  expectSame('text', gistOf(reading).text, text);
}

/** Fails unless this answer came, whole and in normal form. */
export function expectAnswer(
  reading: Reading,
  answer: UpstreamAnswer,
  { lacks = [] }: Partial<UpstreamDialect> = {},
): void {
  if (reading.error) {
    const { code, message } = reading.error;
    throw new Error(`Expected an answer; came ${code} ("${message}").`, { cause: reading.error });
  }
  const { text, reasoning = [], calls = [], finish, usage } = answer;
  const came = gistOf(reading);
  expectSame('text', came.text, text.join(''));
  expectSame('reasoning', came.reasoning, reasoning.join(''));
  const isIdKept = !lacks.includes('ids of tool calls');
  expectSame(
    'tool calls',
    came.calls.map((call) => (isIdKept ? call : { ...call, id: call.id === '' ? '' : 'made' })),
    calls.map((call) => ({
      id: isIdKept ? call.id : 'made',
      name: call.name,
      arguments: call.arguments.join(''),
    })),
  );
  expectSame('number of different ids of calls', new Set(came.calls.map(({ id }) => id)).size, calls.length);
  expectSame('finish reason', came.finish, finish);
  if (usage) expectSame('usage', came.usage, [usage.prompt, usage.completion, usage.prompt + usage.completion]);
  else if (!lacks.includes('no usage')) expectSame('usage', came.usage, undefined);
  if (!reading.completion) expectNormalForm(reading.chunks);
}

/** The grammar of a stream: see `ChunkStream`. */
function expectNormalForm(chunks: readonly ChatChunk[]): void {
  const [first] = chunks;
  const begun = new Set<number>();
  const finished = new Set<number>();
  for (const [place, chunk] of chunks.entries()) {
    const { id, object, model, created, choices, usage } = chunk;
    if (id === '' || model === '') throw new Error('A chunk has no id or no model.');
    expectSame('id, model, created', [id, model, created], [first?.id, first?.model, first?.created]);
    expectSame('object', object, 'chat.completion.chunk');
    if (usage) expectSame('place and choices of the usage', [place, choices], [chunks.length - 1, []]);
    for (const { index, delta, finish_reason: finish } of choices) {
      if (finished.has(index)) throw new Error('Something of a choice came after its finish.');
      if (delta.role !== undefined && begun.has(index)) throw new Error('The role came twice.');
      if (delta.role === undefined && !begun.has(index)) throw new Error('A choice began without its role.');
      begun.add(index);
      if (!isNone(finish)) finished.add(index);
    }
  }
  expectSame('number of finished choices', finished.size, 1);
}

/** A chunk that is handed on with the text it came as may lack the member. An empty text is not none. */
function isNone(finish: unknown): boolean {
  return finish === null || finish === undefined;
}

function gistOf({ chunks, completion }: Reading): Gist {
  return completion ? gistOfWhole(completion) : gistOfChunks(chunks);
}

function gistOfWhole({ choices, usage }: ChatCompletion): Gist {
  const { message, finish_reason: finish } = choices[0] ?? {};
  return {
    text: message?.content ?? '',
    reasoning: message?.reasoning_content ?? '',
    calls: (message?.tool_calls ?? []).map((call) =>
      call.type === 'function'
        ? { id: call.id, name: call.function.name, arguments: call.function.arguments }
        : { id: call.id, name: call.custom.name, arguments: call.custom.input },
    ),
    finish,
    usage: numbersOf(usage),
  };
}

function gistOfChunks(chunks: readonly ChatChunk[]): Gist {
  const calls: { id: string; name: string; arguments: string }[] = [];
  let [text, reasoning] = ['', ''];
  let finish: string | undefined;
  for (const { delta, finish_reason: reason } of chunks.flatMap(({ choices }) => choices)) {
    text += delta.content ?? '';
    reasoning += delta.reasoning_content ?? '';
    for (const { index, id, function: part } of delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id: '', name: '', arguments: '' });
      call.id += id ?? '';
      call.name += part?.name ?? '';
      call.arguments += part?.arguments ?? '';
    }
    finish = reason ?? finish;
  }
  return { text, reasoning, calls, finish, usage: numbersOf(chunks.findLast(({ usage }) => usage)?.usage) };
}

function numbersOf(usage: Usage | null | undefined): readonly number[] | undefined {
  return usage ? [usage.prompt_tokens, usage.completion_tokens, usage.total_tokens] : undefined;
}
