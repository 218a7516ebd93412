import type { ChatRequest } from 'nexusai-hub/ports';
import {
  argumentsOf,
  dataUrlOf,
  foreignMembers,
  parseExact,
  partsOf,
  printExact,
  refuseMembers,
  textOfPart,
  toolPlanOf,
  urlOfPart,
} from 'nexusai-hub/provider-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const REQUEST: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const TOOLS: ChatRequest['tools'] = [
  { type: 'function', function: { name: 'a' } },
  { type: 'function', function: { name: 'b' } },
];

describe('exact JSON', () => {
  it.each([
    '{"id":12345678901234567890,"a":1.0,"b":-0,"c":[1e3,1E+2,"1.0","\\"2.0"],"d":5}',
    '[-9007199254740993,0.1,1.10,"\\\\",9007199254740993]',
    '12345678901234567890',
    '""',
  ])('keeps every digit of %s', (text) => {
    expect(printExact(parseExact(text))).toBe(text);
  });

  it('is what JSON.parse and JSON.stringify do to everything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(printExact(parseExact(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('takes strings of any length, and time for their length only', () => {
    const text = JSON.stringify({ long: '\\"n'.repeat(1 << 20) });
    expect(printExact(parseExact(text))).toBe(text);
  });

  it.each(['{', '"open', '1.2.3', '{"a":01}', ''])('refuses %j as JSON.parse does', (text) => {
    expect(() => parseExact(text)).toThrow(SyntaxError);
  });
});

describe('arguments of a call', () => {
  it('are an object, also when there are none', () => {
    expect(argumentsOf('', 'x')).toEqual({});
    expect(argumentsOf(' {"a": 1}', 'x')).toEqual({ a: 1 });
  });

  it.each(['[1]', '"a"', 'null', '{"a"', 'secret-word'])('%s are refused, without a word of theirs', (text) => {
    const refused = (): unknown => argumentsOf(text, 'messages[1].tool_calls[0].function.arguments');
    expect(refused).toThrow(/^messages\[1\]\.tool_calls\[0\]\.function\.arguments must be the JSON of an object\.$/);
  });
});

describe('data URLs', () => {
  it.each([
    ['data:image/PNG;base64,iVBORw==', { mediaType: 'image/png', base64: 'iVBORw==' }],
    ['data:image/png;name=a;base64,AA', { mediaType: 'image/png', base64: 'AA' }],
    ['data:,hi%20%E4%BD%A0', { mediaType: 'text/plain', base64: Buffer.from('hi 你').toString('base64') }],
    ['data:text/plain;charset=utf-8,100%', { mediaType: 'text/plain', base64: Buffer.from('100%').toString('base64') }],
    ['https://a.test/data:image/png,', undefined],
    ['data:image/png', undefined],
    ['', undefined],
  ])('%s', (url, data) => {
    expect(dataUrlOf(url)).toEqual(data);
  });

  it('may be megabytes', () => {
    const base64 = 'A'.repeat(20 << 20);
    expect(dataUrlOf(`data:image/png;base64,${base64}`)?.base64.length).toBe(base64.length);
  });
});

describe('parts of a message', () => {
  it('text alone is one part, nothing is none, what is no part is passed over', () => {
    expect(partsOf('hi')).toEqual([{ type: 'text', text: 'hi' }]);
    for (const nothing of ['', null, undefined, 7, [null, 'x', {}]]) expect(partsOf(nothing)).toEqual([]);
  });

  it('say text or refuse, and show what is at a URL', () => {
    expect(textOfPart({ type: 'refusal', refusal: 'no' })).toBe('no');
    expect(textOfPart({ type: 'image_url', text: 'no' })).toBeUndefined();
    expect(urlOfPart({ type: 'image_url', image_url: { url: 'u' } })).toBe('u');
    expect(urlOfPart({ type: 'video_url', video_url: 'v' })).toBe('v');
    expect(urlOfPart({ type: 'image_url' })).toBeUndefined();
  });
});

describe('members of a request', () => {
  it('that are not of OpenAI are the provider’s own', () => {
    const request = { ...REQUEST, top_k: 5, seed: 1, thinking: { type: 'disabled' } };
    expect(foreignMembers(request)).toEqual({ top_k: 5, thinking: { type: 'disabled' } });
  });

  it.each([
    ['n', 2, 1],
    ['logprobs', true, false],
    ['top_logprobs', 3, 0],
    ['logit_bias', { 50256: -100 }, {}],
    ['audio', { voice: 'alloy' }, null],
    ['modalities', ['text', 'audio'], ['text']],
    ['web_search_options', {}, null],
    ['functions', [{ name: 'f' }], []],
    ['function_call', 'auto', 'none'],
  ] as const)('%s is refused where it asks for something', (name, asking, neutral) => {
    const refuse = (value: unknown): void => {
      refuseMembers({ ...REQUEST, [name]: value }, 'Somebody', [name]);
    };
    expect(() => refuse(asking)).toThrow(
      expect.objectContaining({
        code: 'request_invalid',
        details: { param: name },
        message: expect.stringContaining(`${name} is not possible with Somebody`),
      }),
    );
    for (const value of [neutral, null, undefined]) expect(() => refuse(value)).not.toThrow();
    expect(() => refuseMembers({ ...REQUEST, [name]: asking }, 'Somebody', [])).not.toThrow();
  });
});

describe('what is said about tools', () => {
  const planOf = (request: Partial<ChatRequest>): ReturnType<typeof toolPlanOf> =>
    toolPlanOf({ ...REQUEST, ...request }, 'Somebody');
  const named = (name: string): unknown => ({ type: 'function', function: { name } });

  it.each([
    [undefined, undefined],
    [null, undefined],
    ['auto', 'auto'],
    ['required', 'required'],
    ['none', 'none'],
    [named('b'), { name: 'b' }],
  ])('the choice %j is %j', (choice, wanted) => {
    expect(planOf({ tools: TOOLS, tool_choice: choice })).toEqual({
      tools: TOOLS,
      nativeTools: [],
      choice: wanted,
      parallel: true,
    });
  });

  it('only some are allowed', () => {
    const choice = (mode: string): unknown => ({ type: 'allowed_tools', allowed_tools: { mode, tools: [named('b')] } });
    expect(planOf({ tools: TOOLS, tool_choice: choice('required') })).toMatchObject({
      tools: [TOOLS[1]],
      choice: 'required',
    });
    expect(planOf({ tools: TOOLS, tool_choice: choice('auto') }).choice).toBe('auto');
  });

  it('tools of other types are the provider’s; one call at a time', () => {
    const search = JSON.parse('{"type":"web_search_20250305","name":"web_search"}');
    const plan = planOf({ tools: [...TOOLS, search], parallel_tool_calls: false });
    expect(plan).toMatchObject({ tools: TOOLS, nativeTools: [search], parallel: false });
  });

  it.each([
    [{ tools: [{ type: 'custom', custom: { name: 'c' } }] }, 'tools[0].type'],
    [{ tools: TOOLS, tool_choice: named('c') }, 'tool_choice'],
    [{ tools: TOOLS, tool_choice: { type: 'custom', custom: { name: 'a' } } }, 'tool_choice'],
    [{ tools: TOOLS, tool_choice: 'any' }, 'tool_choice'],
  ] as const)('%j is refused at %s', (request, param) => {
    expect(() => planOf(request as Partial<ChatRequest>)).toThrow(
      expect.objectContaining({ code: 'request_invalid', details: { param } }),
    );
  });
});
