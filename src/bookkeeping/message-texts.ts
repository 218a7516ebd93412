import { membersOf, valueEnd } from '../openai/member-spans.ts';
import { asBuffer, textOf } from '../openai/text-of.ts';
import type { ChatRequest } from '../openai/types.ts';
import { wireTextOf } from '../openai/wire-text.ts';

const COMMA = 0x2c;
const SPACE = 0x20;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * The messages of a request from one of them on, each as its JSON. A request that carries the text it came as has them
 * cut out of it, which takes a fifth to a tenth of the time of printing them (100 KB of English: 0.1 ms). They are
 * copies: none of them keeps the request alive.
 * @throws TypeError for what JSON cannot say.
 */
export function messageTexts(request: ChatRequest, from: number): readonly string[] {
  const { messages } = request;
  if (from >= messages.length) return [];
  const text = wireTextOf(request);
  const bytes = typeof text === 'string' ? Buffer.from(text) : text && asBuffer(text);
  const cut = bytes && cutOut(bytes, messages.length, from);
  return cut ?? messages.slice(from).map((message) => JSON.stringify(message));
}

/** `undefined` where the text is not plainly what was parsed. */
function cutOut(bytes: Buffer, count: number, from: number): readonly string[] | undefined {
  const spans = membersOf(bytes, ['messages'])?.filter(({ name }) => name !== undefined);
  const span = spans?.[0];
  if (!span || spans.length > 1 || span.isEscaped) return undefined;
  let at = bytes.indexOf(OPEN_BRACKET, span.start) + 1;
  const texts: string[] = [];
  for (let place = 0; place < count; place++) {
    at = skipBetween(bytes, at);
    const end = valueEnd(bytes, at);
    if (place >= from) texts.push(textOf(bytes.subarray(at, end)));
    at = end;
  }
  return bytes[skipBetween(bytes, at)] === CLOSE_BRACKET ? texts : undefined;
}

function skipBetween(bytes: Buffer, start: number): number {
  let at = start;
  while ((bytes[at] ?? CLOSE_BRACKET) <= SPACE || bytes[at] === COMMA) at++;
  return at;
}
