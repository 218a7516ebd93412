import { NexusError } from '../../errors.ts';
import type { Provider } from '../../ports/index.ts';
import { gate } from '../answer-script.ts';
import type { ScriptedUpstream } from '../scripted-upstream.ts';
import { contextOf, expectCode, expectSame, openStream, readAll, type Reading, textOf, within } from './case-tools.ts';

export const JSON_HEADERS: Readonly<Record<string, string>> = { 'content-type': 'application/json' };

/** What the upstream says, in pieces: characters of one to four bytes. */
const PIECES = ['杭州', ' is ', 'Москва', ' 👋🏽', '。'];
export const TEXT: string = PIECES.join('');
const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
export const TOTAL_TOKENS: number = USAGE.total_tokens;

const HEAD = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_770_000_000, model: 'test-model-1' };

function eventOf(delta: object, finish: string | null = null): string {
  return `data: ${JSON.stringify({ ...HEAD, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
}

const OPENING = eventOf({ role: 'assistant', content: '' });

/** A clean stream with usage. */
export const STREAM: string = [
  OPENING,
  ...PIECES.map((content) => eventOf({ content })),
  eventOf({}, 'stop'),
  `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}\n\n`,
  'data: [DONE]\n\n',
].join('');

/** The first events of it, and their text. */
export const HALF_STREAM: readonly string[] = [OPENING, ...PIECES.slice(0, 3).map((content) => eventOf({ content }))];
export const HALF_TEXT: string = PIECES.slice(0, 3).join('');

/** The same answer, not streamed. */
export const COMPLETION: string = JSON.stringify({
  ...HEAD,
  object: 'chat.completion',
  choices: [
    { index: 0, message: { role: 'assistant', content: TEXT, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: USAGE,
});

/** The clean stream, whole and in normal form. */
export function expectWholeAnswer(reading: Reading): void {
  if (reading.error) throw new Error(`Expected an answer; came ${reading.error.code}.`, { cause: reading.error });
  expectText(reading, TEXT);
  const choices = reading.chunks.flatMap((chunk) => chunk.choices);
  expectSame('roles', roles(choices), ['assistant']);
  expectSame('finish reasons', finishes(choices), ['stop']);
  expectSame('usage', reading.chunks.at(-1)?.usage, USAGE);
  for (const { id, model, object } of reading.chunks) {
    expectSame('id, model, object', [id, model, object], [HEAD.id, HEAD.model, HEAD.object]);
  }
}

type Choices = Reading['chunks'][number]['choices'];

function roles(choices: Choices): unknown[] {
  return choices.map((choice) => choice.delta.role).filter((role) => role !== undefined);
}

function finishes(choices: Choices): unknown[] {
  return choices.map((choice) => choice.finish_reason).filter((reason) => reason !== null);
}

export function expectText(reading: Reading, text: string): void {
  expectSame('text', textOf(reading), text);
}

/** The request under way was left by its caller. */
export async function callerLeft(upstream: ScriptedUpstream): Promise<void> {
  const request = await within(upstream.nextRequest(), 'a request');
  await within(request.left, 'the caller to close the connection');
}

const LEFT = new NexusError('cancelled', 'The caller left.');

/** Cancels while the upstream holds on: the answer ends at once, and the connection is closed. */
export async function expectAbortLeaves(
  provider: Provider,
  upstream: ScriptedUpstream,
  streamed: boolean,
): Promise<void> {
  const controller = new AbortController();
  const beat = gate();
  const reading = readAll(
    provider,
    streamed,
    contextOf({
      signal: controller.signal,
      heartbeat: () => {
        beat.open();
      },
    }),
  );
  const request = await within(upstream.nextRequest(), 'a request');
  // Where the upstream sends something, it is cancelled after that.
  await Promise.race([beat.opened, settled()]);
  controller.abort(LEFT);
  expectCode(await reading, 'cancelled');
  await within(request.left, 'the caller to close the connection');
}

/** Cancels after so many turns of the loop, while a stream arrives slowly. */
export async function cancelAt(turns: number, provider: Provider, upstream: ScriptedUpstream): Promise<void> {
  upstream.play({ sends: HALF_STREAM.flatMap((event) => [event, settled]), then: 'hang' });
  const controller = new AbortController();
  const pending = openStream(provider, contextOf({ signal: controller.signal })).then((stream) => stream.next());
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
  controller.abort(LEFT);
  await pending.catch(() => {}); // Both may be: chunks that came in time, or the cancelling.
}

/** Resolves when what is under way on loopback has had its turns of the loop. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
