import fc from 'fast-check';
import type { ChatMessage, ChatRequest } from 'nexusai-hub/ports';
import { isNexusError } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { legacyRequest } from '../../adapters/providers/ernie/legacy-request.ts';

interface Sent {
  role: string;
  content: string;
  name?: string;
  function_call?: { name: string; arguments: string; thoughts?: string };
}

function bodyFor(request: Partial<ChatRequest>): Record<string, unknown> {
  return legacyRequest({ model: 'ernie-4.0-8k', messages: [{ role: 'user', content: '你好' }], ...request });
}

function sentFor(messages: ChatMessage[]): Sent[] {
  return bodyFor({ messages })['messages'] as Sent[];
}

function refusalOf(request: Partial<ChatRequest>): string | undefined {
  try {
    bodyFor(request);
  } catch (error) {
    if (isNexusError(error) && error.code === 'request_invalid') return error.details.param;
    throw error;
  }
  return undefined;
}

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const call = (id: string, name = 'f', given = '{}') => ({
  id,
  type: 'function' as const,
  function: { name, arguments: given },
});
const result = (id: string, content = '{"ok":1}'): ChatMessage => ({ role: 'tool', tool_call_id: id, content });

describe('messages', () => {
  it('instructions go into system, joined by blank lines', () => {
    expect(
      bodyFor({
        messages: [
          { role: 'system', content: 'a' },
          user('q'),
          { role: 'developer', content: [{ type: 'text', text: 'b' }] },
        ],
      }),
    ).toEqual({ system: 'a\n\nb', messages: [{ role: 'user', content: 'q' }] });
  });

  it('without anybody else they are what is said', () => {
    expect(bodyFor({ messages: [{ role: 'system', content: 'a' }] })).toEqual({
      messages: [{ role: 'user', content: 'a' }],
    });
    expect(bodyFor({ messages: [] })).toEqual({ messages: [{ role: 'user', content: '/' }] });
  });

  it.each<[string, ChatMessage[], [string, string][]]>([
    [
      'neighbours are joined',
      [user('a'), user('b'), assistant('c'), assistant('d'), user('e')],
      [
        ['user', 'a\nb'],
        ['assistant', 'c\nd'],
        ['user', 'e'],
      ],
    ],
    [
      'a history that begins with the assistant',
      [assistant('a'), user('b')],
      [
        ['user', '/'],
        ['assistant', 'a'],
        ['user', 'b'],
      ],
    ],
    [
      'one that ends with it',
      [user('a'), assistant('b')],
      [
        ['user', 'a'],
        ['assistant', 'b'],
        ['user', '继续'],
      ],
    ],
    [
      'blank content',
      [user(' '), assistant(''), user('b')],
      [
        ['user', '/'],
        ['assistant', '/'],
        ['user', 'b'],
      ],
    ],
    [
      'parts',
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
      [['user', 'a\nb']],
    ],
    [
      'a refusal',
      [user('a'), { role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }, user('b')],
      [
        ['user', 'a'],
        ['assistant', 'no'],
        ['user', 'b'],
      ],
    ],
  ])('%s', (_name, messages, wanted) => {
    expect(sentFor(messages).map(({ role, content }) => [role, content])).toEqual(wanted);
  });

  it('calls of one message become one call and one result after the other', () => {
    const sent = sentFor([
      user('weather?'),
      {
        role: 'assistant',
        content: '好',
        tool_calls: [call('1', 'f', '{"a":1}'), call('2', 'g')],
        thoughts: '想',
      } as ChatMessage,
      result('2', 'sunny'),
      result('1', '{"t":20}'),
      user('and?'),
    ]);
    expect(sent).toEqual([
      { role: 'user', content: 'weather?' },
      { role: 'assistant', content: '好', function_call: { name: 'f', arguments: '{"a":1}', thoughts: '想' } },
      { role: 'function', name: 'f', content: '{"t":20}' },
      { role: 'assistant', content: '', function_call: { name: 'g', arguments: '{}' } },
      { role: 'function', name: 'g', content: '{"result":"sunny"}' },
      { role: 'assistant', content: '好的' },
      { role: 'user', content: 'and?' },
    ]);
  });

  it('a call without a result is left out, what was said with it stays', () => {
    const messages: ChatMessage[] = [
      user('a'),
      { role: 'assistant', content: 'b', tool_calls: [call('1'), call('2')] },
      result('2'),
    ];
    expect(sentFor(messages).map(({ role, name, function_call: made }) => [role, name ?? made?.name])).toEqual([
      ['user', undefined],
      ['assistant', 'f'],
      ['function', 'f'],
    ]);
    expect(sentFor([user('a'), { role: 'assistant', content: 'b', tool_calls: [call('1')] }, user('c')])).toMatchObject(
      [{ content: 'a' }, { content: 'b' }, { content: 'c' }],
    );
    expect(sentFor([user('a'), { role: 'assistant', tool_calls: [call('1')] }, user('c')])).toMatchObject([
      { content: 'a\nc' },
    ]);
  });

  it('an id that is used in every turn means the call that waits', () => {
    const turn: ChatMessage[] = [{ role: 'assistant', tool_calls: [call('call_0')] }];
    const sent = sentFor([user('a'), ...turn, result('call_0', '{"n":1}'), ...turn, result('call_0', '{"n":2}')]);
    expect(sent.filter(({ role }) => role === 'function').map(({ content }) => content)).toEqual([
      '{"n":1}',
      '{"n":2}',
    ]);
  });

  it('functions from before there were tools', () => {
    const sent = sentFor([
      user('a'),
      { role: 'assistant', content: null, function_call: { name: 'f', arguments: '{}' } },
      { role: 'function', name: 'f', content: 'x' },
    ]);
    expect(sent[1]).toMatchObject({ function_call: { name: 'f' } });
    expect(sent[2]).toEqual({ role: 'function', name: 'f', content: '{"result":"x"}' });
  });

  it('any conversation becomes one the interface takes, and nothing that was said is lost', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 8 });
    const turn = fc.oneof(
      text.map((content) => [user(content)]),
      text.map((content) => [assistant(content)]),
      text.map((content): ChatMessage[] => [{ role: 'system', content }]),
      fc
        .tuple(text, fc.array(fc.tuple(text, fc.boolean()), { minLength: 1, maxLength: 3 }))
        .map(([content, calls]): ChatMessage[] => [
          { role: 'assistant', content, tool_calls: calls.map((_, place) => call(`c${place}`)) },
          ...calls.flatMap(([given, isAnswered], place) => (isAnswered ? [result(`c${place}`, given)] : [])),
        ]),
    );
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 8 }), (turns) => {
        const messages = turns.flat();
        const { messages: sent, system = '' } = bodyFor({ messages }) as unknown as {
          messages: Sent[];
          system?: string;
        };
        expect(sent.length % 2).toBe(1);
        for (const [place, { role, content, function_call: made }] of sent.entries()) {
          expect(role).toMatch(place % 2 === 0 ? /^(user|function)$/ : /^assistant$/);
          if (!made) expect(content.trim()).not.toBe('');
          if (role === 'function') expect(sent[place - 1]?.function_call?.name).toBe(sent[place]!.name);
          if (made) expect(sent[place + 1]?.role).toBe('function');
        }
        expect(sent[0]!.role).toBe('user');
        const everything = [
          system,
          ...sent.map(({ role, content }) => (role === 'function' ? plainResult(content) : content)),
        ].join('\n');
        for (const { content } of messages)
          if (typeof content === 'string' && content.trim() !== '') expect(everything).toContain(content);
      }),
      { numRuns: 500 },
    );
  });

  it.each<[string, ChatMessage[]]>([
    [
      'messages[0].content[1]',
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'data:' } },
          ],
        },
      ],
    ],
    ['messages[1].tool_call_id', [user('a'), result('nobody')]],
    ['messages[3].tool_call_id', [user('a'), { role: 'assistant', tool_calls: [call('1')] }, result('1'), result('1')]],
    [
      'messages[1].tool_calls[0].type',
      [user('a'), { role: 'assistant', tool_calls: [{ id: '1', type: 'custom', custom: { name: 'x', input: '' } }] }],
    ],
    ['messages[0].role', [{ role: 'narrator', content: 'a' } as unknown as ChatMessage]],
  ])('%s is refused by its name', (param, messages) => {
    expect(refusalOf({ messages })).toBe(param);
  });
});

function plainResult(content: string): string {
  const { result: given } = JSON.parse(content) as { result?: string };
  return given ?? content;
}

describe('members', () => {
  it.each<[Partial<ChatRequest> & Record<string, unknown>, Record<string, unknown>]>([
    [{ stream: true, stream_options: { include_usage: true } }, { stream: true }],
    [{ stream: false, stream_options: null, stop: null, temperature: null, top_p: null }, {}],
    [{ temperature: 0 }, { temperature: 1e-9 }],
    [{ temperature: 0.8 }, { temperature: 0.8 }],
    [{ temperature: 1.7 }, { temperature: 1 }],
    [
      { top_p: 0.5, user: 'u-1', stop: '###' },
      { top_p: 0.5, user_id: 'u-1', stop: ['###'] },
    ],
    [{ stop: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [{ presence_penalty: 0, frequency_penalty: 0 }, {}],
    [{ presence_penalty: 0.5, frequency_penalty: 1 }, { penalty_score: 1.5 }],
    [{ presence_penalty: 2 }, { penalty_score: 2 }],
    [{ frequency_penalty: -2 }, {}],
    [{ presence_penalty: 1, penalty_score: 1.1 }, { penalty_score: 1.1 }],
    [{ max_tokens: 5 }, { max_output_tokens: 5 }],
    [{ max_tokens: 5, max_completion_tokens: 7 }, { max_output_tokens: 7 }],
    [{ response_format: { type: 'json_object' } }, { response_format: 'json_object' }],
    [{ response_format: 'json_object' }, { response_format: 'json_object' }],
    [
      {
        seed: 1,
        logprobs: true,
        top_logprobs: 3,
        logit_bias: { a: 1 },
        metadata: { a: 'b' },
        store: true,
        n: 1,
        parallel_tool_calls: false,
        modalities: ['text'],
      },
      {},
    ],
    [
      { disable_search: true, enable_citation: false, unknown_to_us: [1] },
      { disable_search: true, enable_citation: false, unknown_to_us: [1] },
    ],
  ])('%j', (members, wanted) => {
    expect(bodyFor(members)).toEqual({ messages: [{ role: 'user', content: '你好' }], ...wanted });
  });

  it('a JSON schema is told in words', () => {
    const schema = { type: 'object', properties: { city: { type: 'string' } } };
    const body = bodyFor({
      messages: [{ role: 'system', content: 'a' }, user('b')],
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
    });
    expect(body['response_format']).toBe('json_object');
    expect(body['system']).toMatch(/^a\n\n/);
    expect(body['system']).toContain(JSON.stringify(schema));
  });

  it.each<[string, Partial<ChatRequest>]>([
    ['n', { n: 2 }],
    ['audio', { audio: { voice: 'x' } }],
    ['modalities', { modalities: ['text', 'audio'] }],
    ['response_format.type', { response_format: { type: 'grammar' } }],
  ])('%s is refused by its name', (param, members) => {
    expect(refusalOf(members)).toBe(param);
  });
});

describe('tools', () => {
  const tool = (name: string, parameters?: Record<string, unknown>) => ({
    type: 'function' as const,
    function: { name, description: 'd', strict: true, ...(parameters ? { parameters } : {}) },
  });
  const empty = { type: 'object', properties: {} };

  it.each<[Partial<ChatRequest>, Record<string, unknown>]>([
    [{ tools: [tool('f')] }, { functions: [{ name: 'f', description: 'd', parameters: empty }] }],
    [
      { tools: [tool('f', {})], tool_choice: 'auto' },
      { functions: [{ name: 'f', description: 'd', parameters: empty }] },
    ],
    [
      { tools: [tool('f', { type: 'object', properties: { a: {} }, required: ['a'] })], tool_choice: 'required' },
      {
        functions: [
          { name: 'f', description: 'd', parameters: { type: 'object', properties: { a: {} }, required: ['a'] } },
        ],
        tool_choice: { type: 'function', function: { name: 'f' } },
      },
    ],
    [{ tools: [tool('f')], tool_choice: 'none' }, {}],
    [{ tools: [] }, {}],
  ])('%j', (members, wanted) => {
    expect(bodyFor(members)).toEqual({ messages: [{ role: 'user', content: '你好' }], ...wanted });
  });

  it.each<[object, object]>([
    [{}, {}],
    [{ function_call: 'auto' }, {}],
    [{ function_call: { name: 'f' } }, { tool_choice: { type: 'function', function: { name: 'f' } } }],
  ])('functions from before there were tools are its own: %j', (members, wanted) => {
    const functions = [
      { name: 'f', parameters: empty, responses: { type: 'object' } },
      { name: 'g', parameters: empty },
    ];
    const body = bodyFor({ functions, ...members } as Partial<ChatRequest>);
    expect(body).toEqual({ messages: [{ role: 'user', content: '你好' }], functions, ...wanted });
    expect(bodyFor({ functions, function_call: 'none' } as Partial<ChatRequest>)).not.toHaveProperty('functions');
  });

  it('one of several can be named, but not just any be required', () => {
    const tools = [tool('f'), tool('g')];
    const choice = { type: 'function', function: { name: 'g' } };
    expect(bodyFor({ tools, tool_choice: choice })['tool_choice']).toEqual(choice);
    expect(refusalOf({ tools, tool_choice: 'required' })).toBe('tool_choice');
    expect(refusalOf({ tools: [{ type: 'custom', custom: { name: 'x' } }] })).toBe('tools[0].type');
  });
});
