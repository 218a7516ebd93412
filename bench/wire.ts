/** What the mock provider says, and what the load generator and the runs in process expect to be told. */

/** The key the load generator shows. */
export const CALLER_KEY = 'sk-bench-caller';

/** How a streamed answer comes: so many pieces of text, one every `paceMs` milliseconds; 0: as fast as it goes. */
export interface StreamShape {
  readonly pieces: number;
  readonly paceMs: number;
}

/** Digits that tell one stream from another: they stand in its prompt, and the mock repeats them in every piece. */
export const TAG_LENGTH = 8;

/** A tag, as it stands in prompts and answers. */
export function tagOf(number: number): string {
  return String(number % 10 ** TAG_LENGTH).padStart(TAG_LENGTH, '0');
}

/** What precedes the tag in a prompt. */
export const TAG_MARK = 'call #';

/** Name of the model that answers whole. */
export const WHOLE_MODEL = 'whole';

/** Name of the model that streams in this shape. */
export function modelOf({ pieces, paceMs }: StreamShape): string {
  return `stream-${pieces}-${paceMs}`;
}

/** The shape a model name asks for; `undefined` for the one that answers whole. */
export function shapeOf(model: string): StreamShape | undefined {
  const [, pieces, paceMs] = /stream-(\d+)-(\d+)$/.exec(model) ?? [];
  return pieces === undefined || paceMs === undefined ? undefined : { pieces: Number(pieces), paceMs: Number(paceMs) };
}

const HEAD = '"id":"chatcmpl-9mXbTQ4u0LZcPq","object":"chat.completion.chunk","created":1795413600,"model":"mock-1"';
const END_OF_CHOICE = '},"logprobs":null,"finish_reason":null}]}';
const USAGE = '{"prompt_tokens":28,"completion_tokens":400,"total_tokens":428}';

/** The text of one piece of an answer. */
export function pieceOf(tag: string, place: number): string {
  return ` token ${place} of ${tag},`;
}

/** JSON of one chunk with a piece of text, about 200 bytes as providers send them. */
export function chunkOf(tag: string, place: number): string {
  return `{${HEAD},"choices":[{"index":0,"delta":{"content":"${pieceOf(tag, place)}"${END_OF_CHOICE}`;
}

/** JSON of the chunk that opens an answer: a role, no content yet. */
export const OPENING_CHUNK = `{${HEAD},"choices":[{"index":0,"delta":{"role":"assistant","content":""${END_OF_CHOICE}`;

/** JSON of the chunk that ends an answer. */
export const FINAL_CHUNK = `{${HEAD},"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`;

/** JSON of the chunk with the usage, sent to whoever asks for it. */
export const USAGE_CHUNK = `{${HEAD},"choices":[],"usage":${USAGE}}`;

/** All events of a streamed answer in order, each with its blank line. */
export function eventsOf(tag: string, pieces: number, withUsage: boolean): string[] {
  const chunks = [OPENING_CHUNK];
  for (let place = 0; place < pieces; place++) chunks.push(chunkOf(tag, place));
  chunks.push(FINAL_CHUNK);
  if (withUsage) chunks.push(USAGE_CHUNK);
  return [...chunks, '[DONE]'].map((data) => `data: ${data}\n\n`);
}

/** The whole text of a streamed answer. */
export function textOf(tag: string, pieces: number): string {
  let text = '';
  for (let place = 0; place < pieces; place++) text += pieceOf(tag, place);
  return text;
}

/** What the answer that is not streamed says. */
export const WHOLE_TEXT =
  'The capital of France is Paris. It lies on the Seine, has been the seat of government for most of the last ' +
  'thousand years, and is home to a little over two million people.';

/** The answer that is not streamed. */
export const WHOLE_ANSWER: string = JSON.stringify({
  id: 'chatcmpl-9mXbTQ4u0LZcPq',
  object: 'chat.completion',
  created: 1795413600,
  model: 'mock-1',
  choices: [{ index: 0, message: { role: 'assistant', content: WHOLE_TEXT }, logprobs: null, finish_reason: 'stop' }],
  usage: { prompt_tokens: 28, completion_tokens: 36, total_tokens: 64 },
  system_fingerprint: 'fp_50cad350e4',
});

/** The tag an answer carries: as fast as it goes means from prepared bytes, which are the same for everybody. */
export function answerTag({ paceMs }: StreamShape, tag: string): string {
  return paceMs === 0 ? tagOf(0) : tag;
}
