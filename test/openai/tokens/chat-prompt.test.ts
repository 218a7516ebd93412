import { get_encoding } from 'tiktoken';
import { afterAll, describe, expect, it } from 'vitest';

import type { PromptParts } from '../../../src/openai/tokens/chat-prompt.ts';
import { chatPromptParts } from '../../../src/openai/tokens/chat-prompt.ts';
import { encodingOf } from '../../../src/openai/tokens/encodings.ts';
import type { ChatMessage, ChatRequest } from '../../../src/openai/types.ts';
import { TOKEN_VECTORS } from '../../token-vectors.ts';

const encoders = { o200k_base: get_encoding('o200k_base'), cl100k_base: get_encoding('cl100k_base') };
afterAll(() => {
  for (const encoder of Object.values(encoders)) encoder.free();
});

function promptTokens(request: ChatRequest): number {
  const { texts, tokens } = chatPromptParts(request, request.model);
  const encoder = encoders[encodingOf(request.model) === 'cl100k_base' ? 'cl100k_base' : 'o200k_base'];
  return texts.reduce((sum, text) => sum + encoder.encode_ordinary(text).length, tokens);
}

function partsOf(messages: unknown[], rest: object = {}, model: string = 'gpt-4o'): PromptParts {
  return chatPromptParts({ model, messages: messages as ChatMessage[], ...rest }, model);
}

/** How far off a recorded count may be, where nobody has published its formula. */
const OFF: Readonly<Record<string, number>> = {
  'chat-openai-agents-python': 0.08,
  // A picture behind a URL, taken for one of 1024 pixels square.
  'chat-multimodal': 0.35,
};

describe('K6: counts prompts as they were published or recorded', () => {
  const rows = TOKEN_VECTORS.chat.flatMap(({ id, formula, messages, expect: expected, ...rest }) =>
    Object.entries(expected).map(([model, tokens]) => ({ id, model, tokens, formula, messages, rest })),
  );
  it.each(rows)('$id on $model: $tokens', ({ id, model, tokens, messages, rest }) => {
    const counted = promptTokens({ model, messages: messages as ChatMessage[], ...rest });
    const off = OFF[id];
    if (off === undefined) expect(counted).toBe(tokens);
    else expect(Math.abs(counted - tokens) / tokens).toBeLessThan(off);
  });

  it('says exact only of what was published for messages of plain text', () => {
    for (const { id, formula, messages, model, rest } of rows) {
      const { isExact } = partsOf([...messages], rest, model);
      const isPlain = !('tools' in rest) && !('functions' in rest);
      expect(isExact, `${id} on ${model}`).toBe(
        isPlain && (formula.startsWith('classic') || model === 'gpt-4o-mini-audio-preview'),
      );
    }
  });
});

describe('chatPromptParts', () => {
  const hello = { role: 'user', content: 'hello' };

  it.each(['gpt-4o', 'gpt-4', 'gpt-5'])(
    'K6: counts only what is new in a conversation, and comes to the same: %s',
    (model) => {
      const tools = [{ type: 'function' as const, function: { name: 'now' } }];
      const messages: ChatMessage[] = [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'What is 你好 in English?' },
        { role: 'assistant', content: 'Hello.' },
        { role: 'user', content: 'And 再见?' },
        { role: 'assistant', content: 'Goodbye.' },
        { role: 'user', content: 'Thanks!' },
      ];
      const whole = (until: number): number => promptTokens({ model, messages: messages.slice(0, until), tools });
      const encoder = encoders[encodingOf(model) === 'cl100k_base' ? 'cl100k_base' : 'o200k_base'];
      const tokensOf = (text: string): number => encoder.encode_ordinary(text).length;
      for (const [answer, said] of [
        [2, 'Hello.'],
        [4, 'Goodbye.'],
      ] as const) {
        const { texts, tokens, isExact } = chatPromptParts({ model, messages, tools }, model, answer + 1);
        const fresh = texts.reduce((sum, text) => sum + tokensOf(text), tokens);
        expect(whole(answer) + tokensOf(said) + fresh).toBe(whole(6));
        expect(isExact).toBe(false);
      }
      expect(chatPromptParts({ model, messages, tools }, model, 6)).toMatchObject({ texts: [], tokens: 0 });
    },
  );

  it('takes a role, but no name where there is none, and one token more where there is', () => {
    const named = partsOf([{ ...hello, name: 'li' }]);
    expect(named.texts).toEqual(['user', 'li', 'hello']);
    expect(named.tokens - partsOf([hello]).tokens).toBe(1);
    expect(partsOf([{ ...hello, name: '' }])).toMatchObject({ texts: ['user', 'hello'], isExact: true });
  });

  it.each([
    ['a tool call', { role: 'assistant', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }, ['f', '{}']],
    ['a custom call', { role: 'assistant', tool_calls: [{ custom: { name: 'g', input: 'abc' } }] }, ['g', 'abc']],
    ['thinking', { role: 'assistant', content: 'x', reasoning_content: 'hmm' }, ['x', 'hmm']],
    ['a refusal', { role: 'assistant', content: null, refusal: 'no' }, ['no']],
    ['a part that refuses', { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }, ['no']],
  ])('counts %s, not exactly', (_name, message, texts) => {
    const parts = partsOf([message]);
    expect(parts.texts).toEqual(['assistant', ...texts]);
    expect(parts).toMatchObject({ isExact: false, isWhole: true });
  });

  it.each([
    ['sound', { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }],
    ['a file', { type: 'file', file: { file_id: 'f' } }],
    ['what nobody knows', { type: 'hologram' }],
    ['a picture behind a URL', { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
  ])('S11: says that %s is not measured', (_name, part) => {
    const parts = partsOf([{ role: 'user', content: [{ type: 'text', text: 'look' }, part] }]);
    expect(parts.texts).toEqual(['user', 'look']);
    expect(parts).toMatchObject({ isExact: false, isWhole: false });
  });

  it('counts a picture by its size, and a remote one as 1024 pixels square', () => {
    const url = `data:image/gif;base64,${Buffer.from('GIF89a\x00\x02\x00\x02..').toString('base64')}`;
    const image = (image_url: unknown): PromptParts =>
      partsOf([{ role: 'user', content: [{ type: 'image_url', image_url }] }]);
    const base = partsOf([{ role: 'user', content: '' }]).tokens;
    expect(image({ url })).toMatchObject({ tokens: base + 255, isExact: false, isWhole: true });
    expect(image({ url, detail: 'low' }).tokens).toBe(base + 85);
    expect(image(url).tokens).toBe(base + 255);
    expect(image({ url: 'https://example.com/a.png' }).tokens).toBe(base + 765);
  });

  it('counts tools of kinds of their own by their definition', () => {
    const tool = { type: 'custom', custom: { name: 'grep', description: 'Searches.' } };
    const parts = partsOf([hello], { tools: [tool] });
    expect(parts.texts).toEqual([JSON.stringify(tool), 'user', 'hello']);
    expect(parts.isExact).toBe(false);
  });

  it('puts tools into the first system message only', () => {
    const system = { role: 'system', content: 'Be brief.' };
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(partsOf([system, system], { tools }).texts.slice(1)).toEqual([
      'system',
      'Be brief.\n',
      'system',
      'Be brief.',
    ]);
  });
});
