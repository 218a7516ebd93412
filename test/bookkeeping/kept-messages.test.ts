import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { keptMessages } from '../../src/bookkeeping/kept-messages.ts';
import { messageTexts } from '../../src/bookkeeping/message-texts.ts';
import { parseChatRequest } from '../../src/openai/request.ts';

const SYSTEM: ChatMessage = { role: 'system', content: 'Be "short".\n' };
const HELLO: ChatMessage = { role: 'user', content: '你好 👋' };
const HI: ChatMessage = { role: 'assistant', content: 'Hi' };
const MORE: ChatMessage = { role: 'user', content: [{ type: 'text', text: 'Go on: [1, {"a": "]"}]' }] };
const ANSWER = { role: 'assistant' as const, content: 'Well', refusal: null };
const NEW = { id: 'c', isNew: true };
const OLD = { id: 'c', isNew: false };

const request = (...messages: ChatMessage[]): ChatRequest => ({ model: 'm', messages });

describe('what is kept of a request', () => {
  it('all of a conversation that begins, and the answer behind it', () => {
    expect(keptMessages(request(SYSTEM, HELLO), NEW, ANSWER)).toEqual([
      { position: 0, role: 'system', from: 'caller', json: JSON.stringify(SYSTEM) },
      { position: 1, role: 'user', from: 'caller', json: JSON.stringify(HELLO) },
      { position: 2, role: 'assistant', from: 'model', json: JSON.stringify(ANSWER) },
    ]);
  });

  it('what was not known of one that goes on', () => {
    const session = { ...OLD, known: { messages: 3, tokens: 9 } };
    const kept = keptMessages(request(SYSTEM, HELLO, HI, MORE), session, undefined);
    expect(kept).toEqual([{ position: 3, role: 'user', from: 'caller', json: JSON.stringify(MORE) }]);
  });

  it('what follows the last answer where nobody tells what is known', () => {
    const kept = keptMessages(request(SYSTEM, HELLO, HI, MORE), OLD, ANSWER);
    expect(kept.map(({ position, from }) => [position, from])).toEqual([
      [3, 'caller'],
      [4, 'model'],
    ]);
    expect(keptMessages(request(HELLO), OLD, undefined)).toHaveLength(1);
  });
});

describe('the text of messages', () => {
  const HEAD = '{"model":"m",';

  it('is cut out of the text the request came as, as it stands there', () => {
    const body = `${HEAD} "messages" : [ {"role":"user", "content":"A"} ,\n{"role":"user","content":"B \\"x\\" \\u4f60]"}\n ] ,"n":1}`;
    const parsed = parseChatRequest(Buffer.from(body));
    expect(messageTexts(parsed, 0)).toEqual([
      '{"role":"user", "content":"A"}',
      '{"role":"user","content":"B \\"x\\" \\u4f60]"}',
    ]);
    expect(messageTexts(parsed, 1)).toHaveLength(1);
    expect(messageTexts(parsed, 2)).toEqual([]);
    expect(messageTexts(parseChatRequest(body), 0)[0]).toBe('{"role":"user", "content":"A"}');
  });

  it.each([
    ['a name that stands there twice', `${HEAD}"messages":[],"messages":[{"role":"user","content":"A"}]}`],
    ['an escaped name', `${HEAD}"mess\\u0061ges":[{"role":"user","content":"A"}]}`],
  ])('is printed where the text is not plain: %s', (_what, body) => {
    const parsed = parseChatRequest(body);
    expect(messageTexts(parsed, 0)).toEqual(['{"role":"user","content":"A"}']);
  });

  it('says what was parsed, whatever the request says', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            role: fc.constantFrom('user' as const, 'system' as const),
            content: fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constant('"messages":[{"a":"]')),
            extra: fc.jsonValue(),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        fc.jsonValue(),
        fc.constantFrom(undefined, 1, '\t'),
        fc.nat(5),
        (messages, metadata, space, from) => {
          const body = JSON.stringify({ before: metadata, model: 'm', messages, after: metadata }, undefined, space);
          const parsed = parseChatRequest(Buffer.from(body));
          const texts = messageTexts(parsed, from);
          expect(texts.map((text): unknown => JSON.parse(text))).toEqual(parsed.messages.slice(from));
        },
      ),
    );
  });
});
