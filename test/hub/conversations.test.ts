import { answerInfo, type ChatStream, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ChatMessage, RequestRecord } from 'nexusai-hub/ports';
import { completionOf, manualClock, scriptedFetch, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { failureOf, readAll } from '../request-path/harness.ts';

const KEYS = [
  { name: 'app', key: 'key-of-the-app' },
  { name: 'other', key: 'key-of-another' },
  { name: 'boss', key: 'key-of-the-boss', role: 'admin' },
] as const;

function hubOf(options: Partial<NexusHubOptions> = {}) {
  const main = scriptedProvider({ says: 'Fine, thank you.' });
  const records: RequestRecord[] = [];
  const clock = manualClock();
  const statsSinks = [{ record: (record: RequestRecord) => void records.push(record) }];
  const tokenCounter = { count: (text: string) => Promise.resolve({ tokens: text.length, exact: false }) };
  const parts = { clock, statsSinks, tokenCounter };
  const hub = new NexusHub({ providers: { main }, models: { m: 'main' }, ...parts, ...options });
  return { hub, main, records, clock };
}

const user = (content: string): ChatMessage => ({ role: 'user', content });
/** Records are written when their tokens are counted. */
const counted = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const OPENER = [user('How are you?')];
const ON = [...OPENER, { role: 'assistant', content: 'Fine, thank you.' } as ChatMessage, user('Good.')];

/** Asks over HTTP. */
async function post(
  hub: NexusHub,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Response> {
  const head = {
    authorization: 'Bearer key-of-the-app',
    ...(body ? { 'content-type': 'application/json' } : {}),
    ...headers,
  };
  return hub.fetch(`http://hub${path}`, {
    method: 'POST',
    headers: head,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
}

async function chat(
  hub: NexusHub,
  messages: ChatMessage[],
  headers?: Record<string, string>,
  more: object = {},
): Promise<string> {
  const response = await post(hub, '/v1/chat/completions', { model: 'm', messages, ...more }, headers);
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  return response.headers.get('x-nexus-conversation-id') ?? '';
}

async function codeOf(response: Response): Promise<unknown> {
  const { error } = (await response.json()) as { error: { code: string; param: string | null } };
  return [response.status, error.code, error.param];
}

describe('conversations of a hub', () => {
  it.each([false, true])('N3: goes on by what was said, and records say so (stream: %s)', async (stream) => {
    const { hub, records } = hubOf();
    const ask = async (messages: ChatMessage[]): Promise<string | undefined> => {
      const answer = await hub.chat.completions.create({ model: 'm', messages, stream });
      if (stream) await readAll(answer as ChatStream);
      return answerInfo(answer)?.conversationId;
    };
    const first = await ask(OPENER);
    expect(await ask(ON)).toBe(first);
    expect(await ask(OPENER)).not.toBe(first);
    await counted();
    expect(
      records.map(({ newConversation, conversationMatchedBy, conversationScore }) => [
        newConversation,
        conversationMatchedBy,
        conversationScore,
      ]),
    ).toEqual([
      [true, 'new', 0],
      [false, 'prefix', 1],
      [true, 'new', 0],
    ]);
    expect(hub.stats.now().activeSessions).toBe(2);
  });

  it('N3: a stream that was left goes on with what was delivered of it', async () => {
    const { hub, records } = hubOf();
    const stream = await hub.chat.completions.create({ model: 'm', messages: OPENER, stream: true });
    let text = '';
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      if (text !== '') break;
    }
    await hub.chat.completions.create({
      model: 'm',
      messages: [...OPENER, { role: 'assistant', content: text }, user('Go on')],
    });
    await counted();
    expect(records.at(-1)).toMatchObject({ newConversation: false, conversationMatchedBy: 'prefix' });
  });

  it('N4: an id told to the hub comes before a known header, that before what was said', async () => {
    const { hub, records } = hubOf({ keys: [...KEYS] });
    const first = await chat(hub, OPENER);
    const headers = { 'x-claude-code-session-id': 'claude', 'x-session-id': 'session' };
    const named = { metadata: { conversation_id: 'meta', session_id: 'other' }, session_id: 'body' };
    const own = { 'x-nexus-conversation-id': 'own' };
    const ids = [
      await chat(hub, ON, { ...headers, ...own }, named),
      await chat(hub, ON, headers, named),
      await chat(hub, ON, headers, { session_id: 'body' }),
      await chat(hub, ON, { 'x-claude-code-session-id': 'claude' }, { session_id: 'body' }),
      await chat(hub, ON, {}, { session_id: 'body' }),
      await chat(hub, ON),
    ];
    expect(ids).toEqual(['own', 'meta', 'session', 'claude', 'body', first]);
    await counted();
    expect(records.slice(1).map(({ conversationMatchedBy }) => conversationMatchedBy)).toEqual([
      'id',
      'member metadata.conversation_id',
      'header x-session-id',
      'header x-claude-code-session-id',
      'member session_id',
      'prefix',
    ]);
  });

  it('N5: a header of two callers names two conversations', async () => {
    const { hub, records } = hubOf({ keys: [...KEYS] });
    const headers = { 'x-session-id': 'same' };
    await chat(hub, OPENER, headers);
    await chat(hub, OPENER, { ...headers, authorization: 'Bearer key-of-another' });
    await counted();
    expect(records.map(({ newConversation }) => newConversation)).toEqual([true, true]);
  });
});

describe('changing conversations', () => {
  it('in process: those of a caller, or its own', async () => {
    const { hub } = hubOf();
    const { conversationId: one = '' } =
      answerInfo(await hub.chat.completions.create({ model: 'm', messages: OPENER })) ?? {};
    const { conversationId: two = '' } =
      answerInfo(await hub.chat.completions.create({ model: 'm', messages: [user('x')] })) ?? {};
    await hub.conversations.merge(one, two);
    const onTwo = [user('x'), ON[1]!, user('y')];
    const next = answerInfo(await hub.chat.completions.create({ model: 'm', messages: onTwo }));
    expect(next?.conversationId).toBe(one);
    const three = await hub.conversations.split(one, 2);
    expect(three).toMatch(/^conv_/);
    await hub.conversations.end(one);
    expect(await failureOf(hub.conversations.end(one))).toMatchObject({ code: 'not_found' });
    expect(await failureOf(hub.conversations.end(three, { callerId: 'app' }))).toMatchObject({ code: 'not_found' });
    expect(await failureOf(hub.conversations.split(three, -1))).toMatchObject({
      code: 'request_invalid',
      details: { param: 'at' },
    });
    expect(await failureOf(hub.conversations.merge(three, three))).toMatchObject({ code: 'request_invalid' });
  });

  it('over HTTP: for their callers, and for admins who say whose', async () => {
    const { hub } = hubOf({ keys: [...KEYS] });
    const boss = { authorization: 'Bearer key-of-the-boss' };
    const other = { authorization: 'Bearer key-of-another' };
    const one = await chat(hub, OPENER);
    const two = await chat(hub, [user('x')]);
    const end = `/conversations/${one}/end`;
    expect(await codeOf(await post(hub, end, undefined, other))).toEqual([404, 'not_found', null]);
    expect(await codeOf(await post(hub, end, { caller: 'app' }, other))).toEqual([403, 'forbidden', null]);
    expect(await codeOf(await post(hub, end, undefined, boss))).toEqual([404, 'not_found', null]);
    expect(await codeOf(await post(hub, end, undefined, { authorization: 'Bearer wrong' }))).toEqual([
      401,
      'invalid_api_key',
      null,
    ]);
    const merged = await post(hub, `/conversations/${one}/merge`, { from: two, caller: 'app' }, boss);
    expect(await merged.json()).toEqual({ object: 'conversation', id: one, merged: two });
    const split = (await (await post(hub, `/conversations/${one}/split`, { at: 0 })).json()) as { id: string };
    expect(split.id).toMatch(/^conv_/);
    expect(await (await post(hub, `/conversations/${split.id}/end`)).json()).toEqual({
      object: 'conversation',
      id: split.id,
      ended: true,
    });
    expect(await chat(hub, ON)).not.toBe(split.id);
  });

  it.each([
    ['/conversations/x/merge', {}, [400, 'request_invalid', 'from']],
    ['/conversations/x/split', { at: '2' }, [400, 'request_invalid', 'at']],
    ['/conversations/x/split', { at: 0.5 }, [400, 'request_invalid', 'at']],
    ['/conversations/x/end', { caller: 7 }, [400, 'request_invalid', 'caller']],
    ['/conversations/x/forget', {}, [404, 'path_unknown', null]],
    ['/conversations/%E0%A4/end', {}, [400, 'request_invalid', null]],
  ])('POST %s %j is refused', async (path, body, expected) => {
    const { hub } = hubOf({ keys: [...KEYS] });
    expect(await codeOf(await post(hub, path, body))).toEqual(expected);
  });

  it('says so where its tracker cannot', async () => {
    const sessionTracker = { open: () => ({ id: 'x', isNew: true }), active: () => 0 };
    const { hub } = hubOf({ sessionTracker });
    for (const change of [
      hub.conversations.end('x'),
      hub.conversations.merge('x', 'y'),
      hub.conversations.split('x', 1),
    ])
      expect(await failureOf(change)).toMatchObject({ code: 'operation_unsupported' });
  });
});

describe('include_history', () => {
  const sessions = { history: {} };

  it('puts what was said before the new message, and no provider sees that it was asked for', async () => {
    const body = JSON.stringify(completionOf('Fine, thank you.'));
    const upstream = scriptedFetch({ headers: { 'content-type': 'application/json' }, sends: [body] });
    const main = openaiCompatible({ baseUrl: 'http://upstream/v1', apiKey: 'k', fetch: upstream.fetch });
    const { hub } = hubOf({ providers: { main }, sessions, keys: [...KEYS] });
    const id = await chat(hub, OPENER);
    const again = { 'x-nexus-conversation-id': id };
    expect(await chat(hub, [user('Good.')], again, { include_history: true, temperature: 0 })).toBe(id);
    expect(await chat(hub, [user('Bye.')], { ...again, 'x-nexus-include-history': 'true' })).toBe(id);
    // With the id in the body, too; and said to be wanted by nobody.
    expect(await chat(hub, [user('So?')], {}, { metadata: { conversation_id: id }, include_history: true })).toBe(id);
    expect(await chat(hub, [user('Alone.')], again, { include_history: false })).toBe(id);
    const sent = upstream.requests.map((request) => JSON.parse(Buffer.from(request.body).toString()) as object);
    const fine = ON[1]!;
    expect(sent[1]).toEqual({ model: 'm', temperature: 0, messages: ON });
    expect(sent[2]).toEqual({ model: 'm', messages: [...ON, fine, user('Bye.')] });
    expect(sent[3]).toMatchObject({ messages: [...ON, fine, user('Bye.'), fine, user('So?')] });
    expect(sent[3]).not.toHaveProperty('include_history');
    expect(sent[4]).toEqual({ model: 'm', messages: [user('Alone.')] });
  });

  it('in process; what goes on from it by its messages is known, too', async () => {
    const { hub, main, records } = hubOf({ sessions });
    const first = answerInfo(await hub.chat.completions.create({ model: 'm', messages: OPENER }));
    const options = { conversationId: first?.conversationId, includeHistory: true };
    await hub.chat.completions.create({ model: 'm', messages: [user('Good.')] }, options);
    expect(main.calls.at(-1)?.request.messages).toEqual(ON);
    const all = [...ON, ON[1]!, user('More.')];
    await hub.chat.completions.create({ model: 'm', messages: all });
    await counted();
    expect(records.at(-1)).toMatchObject({ conversationId: first?.conversationId, conversationMatchedBy: 'prefix' });
    await hub.chat.completions.create({ model: 'm', messages: [user('End.')] }, options);
    expect(main.calls.at(-1)?.request.messages).toEqual([...all, ON[1], user('End.')]);
  });

  it.each<
    [why: string, options: Partial<NexusHubOptions>, headers: Record<string, string>, more: object, expected: unknown]
  >([
    [
      'nothing is kept',
      {},
      { 'x-nexus-conversation-id': 'x' },
      { include_history: true },
      [400, 'operation_unsupported', 'include_history'],
    ],
    ['no id is named', { sessions }, {}, { include_history: true }, [400, 'request_invalid', 'include_history']],
    [
      'the id is not known',
      { sessions },
      { 'x-nexus-conversation-id': 'x' },
      { include_history: true },
      [404, 'not_found', 'include_history'],
    ],
    ['it is no boolean', { sessions }, {}, { include_history: 'yes' }, [400, 'request_invalid', 'include_history']],
    [
      'the header is none',
      { sessions },
      { 'x-nexus-include-history': 'yes' },
      {},
      [400, 'request_invalid', 'x-nexus-include-history'],
    ],
  ])('is refused where %s', async (_why, options, headers, more, expected) => {
    const { hub, main } = hubOf({ ...options, keys: [...KEYS] });
    const response = await post(hub, '/v1/chat/completions', { model: 'm', messages: OPENER, ...more }, headers);
    expect(await codeOf(response)).toEqual(expected);
    expect(main.calls).toHaveLength(0);
  });

  it('is refused when the conversation is over, is another caller’s, or was too long', async () => {
    const { hub, clock } = hubOf({ sessions: { history: { maxLength: 100 } }, keys: [...KEYS] });
    const id = await chat(hub, OPENER);
    const ask = async (headers: Record<string, string> = {}): Promise<unknown> => {
      const named = { 'x-nexus-conversation-id': id, ...headers };
      return codeOf(
        await post(hub, '/v1/chat/completions', { model: 'm', messages: OPENER, include_history: true }, named),
      );
    };
    expect(await ask({ authorization: 'Bearer key-of-another' })).toEqual([404, 'not_found', 'include_history']);
    await chat(hub, [user('x'.repeat(200))], { 'x-nexus-conversation-id': id });
    expect(await ask()).toEqual([400, 'request_invalid', 'include_history']);
    await clock.advance(30 * 60_000);
    expect(await ask()).toEqual([404, 'not_found', 'include_history']);
  });
});
