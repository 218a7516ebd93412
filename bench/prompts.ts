import { TAG_LENGTH, TAG_MARK } from './wire.ts';

const ENGLISH =
  'The committee met again on Tuesday, and "nothing was decided", as the minutes say; the budget for the new library ' +
  'stayed where it was.\n';
const CHINESE =
  '委员会周二再次开会，会议纪要写道：“没有作出任何决定”；新图书馆的预算保持不变，下次会议定于下个月举行。\n';
const SHORT = 'What is the capital of France, and why? Answer in two sentences.';
const BYTES_A_MESSAGE = 5_000;

/** JSON of a chat request whose prompt has about so many bytes, a third of them Chinese; 0 for a short question. */
export function requestBody(model: string, promptBytes: number, streamed: boolean): string {
  const opening = { role: 'system', content: `You are terse. ${TAG_MARK}${'0'.repeat(TAG_LENGTH)}` };
  const messages = promptBytes === 0 ? [{ role: 'user', content: SHORT }] : history(promptBytes);
  return JSON.stringify({
    model,
    messages: [opening, ...messages],
    temperature: 0.2,
    ...(streamed ? { stream: true } : {}),
  });
}

/** A conversation of messages of some kilobytes each. */
function history(bytes: number): { role: string; content: string }[] {
  const count = Math.max(1, Math.round(bytes / BYTES_A_MESSAGE));
  return Array.from({ length: count }, (_, place) => ({
    role: (count - place) % 2 === 1 ? 'user' : 'assistant',
    content: mixedText(bytes / count, place),
  }));
}

function mixedText(bytes: number, start: number): string {
  let text = '';
  for (let line = start, length = 0, chinese = 0; length < bytes; line++) {
    const isChinese = chinese < length / 3;
    const next = `${line}. ${isChinese ? CHINESE : ENGLISH}`;
    const nextBytes = Buffer.byteLength(next);
    text += next;
    length += nextBytes;
    if (isChinese) chinese += nextBytes;
  }
  return text;
}
