import fc from 'fast-check';
import type {
  AssistantMessage,
  Caller,
  ChatMessage,
  ChatRequest,
  Session,
  SessionClues,
  SessionStore,
  SessionTracker,
  Usage,
} from 'nexusai-hub/ports';
import { type ManualClock, manualClock } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { silentLogger } from '../../src/defaults/logger.ts';
import { memorySessionStore } from '../../src/defaults/session-store.ts';
import { sessionTracker } from '../../src/defaults/session-tracker.ts';

const a: Caller = { id: 'a', role: 'user' };
const b: Caller = { id: 'b', role: 'user' };
const IDLE = 30 * 60_000;

interface Made {
  readonly tracker: SessionTracker;
  readonly clock: ManualClock;
  readonly lines: string[];
}

function make({
  maxActive = 1_000,
  store = memorySessionStore({ maxActive, maxHistoryLength: 10_000 }),
  history = 0,
} = {}): Made {
  const clock = manualClock();
  const lines: string[] = [];
  const logger = { ...silentLogger, warn: (_record: object, message: string) => void lines.push(message) };
  const options = { idleMs: IDLE, maxActive, withinMs: 20, maxHistoryLength: history === 0 ? undefined : history };
  return { tracker: sessionTracker(options, store, clock, logger), clock, lines };
}

function user(content: string): ChatMessage {
  return { role: 'user', content };
}

function assistant(content: string): AssistantMessage & ChatMessage {
  return { role: 'assistant', content, refusal: null };
}

/** Asks, and answers where there is an answer. */
async function turn(
  tracker: SessionTracker,
  messages: ChatMessage[],
  answer?: string | AssistantMessage,
  {
    caller = a,
    clues = {},
    more = {},
    usage,
  }: { caller?: Caller; clues?: SessionClues; more?: Partial<ChatRequest>; usage?: Usage } = {},
): Promise<Session> {
  const session = await tracker.open({ model: 'm', messages, ...more }, caller, clues);
  const message = typeof answer === 'string' ? assistant(answer) : answer;
  if (message) await tracker.answered?.(session, caller, { message, usage });
  return session;
}

const named = (id: string): { clues: SessionClues } => ({ clues: { named: { id, by: 'id' } } });

describe('by a name', () => {
  it('N8: goes on until it was idle for exactly 30 minutes, and each request moves the end', async () => {
    const { tracker, clock } = make();
    const open = async (): Promise<boolean> => (await turn(tracker, [user('x')], undefined, named('x'))).isNew;
    expect(await open()).toBe(true);
    await clock.advance(IDLE - 1);
    expect(await open()).toBe(false);
    await clock.advance(IDLE - 1);
    expect(await open()).toBe(false);
    expect(tracker.active()).toBe(1);
    await clock.advance(IDLE);
    expect(tracker.active()).toBe(0);
    expect(await open()).toBe(true);
  });

  it('N4: the name counts, whatever was said, and tells by what', async () => {
    const { tracker } = make();
    const first = await turn(tracker, [user('Hello')], 'Hi there');
    const said = [user('Hello'), assistant('Hi there'), user('Go on')];
    const other = await turn(tracker, said, undefined, { clues: { named: { id: 'n', by: 'header x-session-id' } } });
    expect(other).toMatchObject({ id: 'n', isNew: true, matchedBy: 'header x-session-id', score: 1 });
    expect(await turn(tracker, said)).toMatchObject({ id: first.id, matchedBy: 'prefix' });
  });

  it('N5: keeps equal ids of two callers apart', async () => {
    const { tracker } = make();
    await turn(tracker, [user('x')], 'y', named('x'));
    expect((await turn(tracker, [user('x')], 'y', { ...named('x'), caller: b })).isNew).toBe(true);
  });

  it.each(['a b', 'x'.repeat(129), 'line\nbreak', '', '日本'])('X8: keeps the odd id %j as a hash', async (id) => {
    const { tracker } = make();
    const session = await turn(tracker, [user('x')], undefined, named(id));
    expect(session.id).toMatch(/^conv_[\w-]{22}$/);
    expect(await turn(tracker, [user('x')], undefined, named(id))).toMatchObject({ id: session.id, isNew: false });
  });

  it('M4: remembers a bounded number, and those that were used last', async () => {
    const { tracker } = make({ maxActive: 100 });
    for (let id = 0; id < 20_000; id++) {
      await turn(tracker, [user(`x${id}`)], 'y', named(String(id)));
      await turn(tracker, [user('x')], 'y', named('favourite'));
    }
    expect(tracker.active()).toBeLessThanOrEqual(100);
    for (const id of ['favourite', '19999', '19960'])
      expect((await turn(tracker, [user('x')], undefined, named(id))).isNew).toBe(false);
    expect((await turn(tracker, [user('x')], undefined, named('1'))).isNew).toBe(true);
  });

  it('M4: remembers a bounded number of names that have become those of others, and those that were used last', async () => {
    const { tracker } = make({ maxActive: 10 });
    await turn(tracker, [user('x')], 'y', named('whole'));
    for (let part = 0; part < 40; part++) {
      await turn(tracker, [user('x')], 'y', named(`part-${part}`));
      await tracker.merge?.(a.id, 'whole', `part-${part}`);
      expect(tracker.active()).toBe(1);
      expect(await turn(tracker, [user('x')], 'y', named('part-0'))).toMatchObject({ id: 'whole', isNew: false });
    }
    const isNew = async (id: string): Promise<boolean> =>
      (await turn(tracker, [user('x')], undefined, named(id))).isNew;
    expect([await isNew('part-39'), await isNew('part-31'), await isNew('part-20')]).toEqual([false, false, true]);
  });

  it('a conversation was seen when the later of its parts was, and is counted in that order', async () => {
    const { tracker, clock } = make();
    for (const id of ['early', 'between', 'late']) {
      await turn(tracker, [user('x')], 'y', named(id));
      await clock.advance(IDLE / 4);
    }
    expect(await tracker.merge?.(a.id, 'early', 'late')).toBe(true);
    await clock.advance(IDLE / 2);
    // What was seen between them is idle, and what they are now is not.
    expect(tracker.active()).toBe(1);
  });

  it('M4: forgets the one that was idle longest, be it also the one that another was split from', async () => {
    const { tracker } = make({ maxActive: 3 });
    for (const id of ['one', 'two', 'three']) await turn(tracker, [user('x')], 'y', named(id));
    await turn(tracker, [user('x'), assistant('y'), user('z')], 'w', named('one'));
    const other = await tracker.split?.(a.id, 'one', 2);
    expect(tracker.active()).toBe(3);
    const isNew = async (id: string): Promise<boolean> =>
      (await turn(tracker, [user('x')], undefined, named(id))).isNew;
    expect([await isNew('one'), await isNew(other ?? ''), await isNew('three')]).toEqual([false, false, false]);
    expect(await isNew('two')).toBe(true);
  });
});

describe('by what was said', () => {
  it('N1: a thousand users of one key who say the same and hear the same are a thousand conversations', async () => {
    const { tracker } = make({ maxActive: 5_000 });
    const first = await Promise.all(Array.from({ length: 1_000 }, () => turn(tracker, [user('Hello')], 'Hello!')));
    const ids = new Set(first.map(({ id }) => id));
    expect(ids.size).toBe(1_000);
    const said = [user('Hello'), assistant('Hello!'), user('Tell me more')];
    const second = await Promise.all(Array.from({ length: 1_000 }, () => turn(tracker, said, 'More.')));
    expect(new Set(second.map(({ id }) => id))).toEqual(ids);
    expect(second.every(({ isNew, matchedBy }) => !isNew && matchedBy === 'prefix')).toBe(true);
    expect(tracker.active()).toBe(1_000);
  });

  it('N1: end users that are told apart never meet', async () => {
    const { tracker } = make();
    const first = await turn(tracker, [user('Hello')], 'Hi', { more: { user: 'anna' } });
    const said = [user('Hello'), assistant('Hi'), user('Go on')];
    expect((await turn(tracker, said, undefined, { more: { user: 'bert' } })).isNew).toBe(true);
    expect((await turn(tracker, said, undefined, { more: { user: 'anna' } })).id).toBe(first.id);
  });

  it('N1: examples in a prompt are nobody’s conversation', async () => {
    const { tracker } = make();
    const examples = [user('Translate: a house '.repeat(9)), assistant('ein Haus '.repeat(30))];
    const ids = new Set<string>();
    for (let request = 0; request < 20; request++)
      ids.add((await turn(tracker, [...examples, user(`Translate: ${request}`)], `number ${request}`)).id);
    expect(ids.size).toBe(20);
  });

  it('N2: another model is the same conversation', async () => {
    const { tracker } = make();
    const { id } = await turn(tracker, [user('Hello')], 'Hi');
    const said = [user('Hello'), assistant('Hi'), user('Go on')];
    expect(await turn(tracker, said, undefined, { more: { model: 'other' } })).toMatchObject({ id, score: 1 });
  });

  const LONG = 'The capital of France is Paris, which lies on the river Seine and has two million people in it.';
  const opening = [{ role: 'system', content: 'Be brief.' } as ChatMessage, user('What is the capital of France?')];
  const next = user('And of Spain?');
  const call = (id: string): AssistantMessage => ({
    role: 'assistant',
    content: null,
    refusal: null,
    tool_calls: [{ id, type: 'function', function: { name: 'find', arguments: '{"of": "France", "depth": 1}' } }],
  });

  it.each<[what: string, sent: ChatMessage[], matchedBy: string, score: number]>([
    ['nothing', [...opening, assistant(LONG), next], 'prefix', 1],
    [
      'other instructions',
      [{ role: 'developer', content: 'Be long.' }, opening[1]!, assistant(LONG), next],
      'prefix',
      0.95,
    ],
    ['no instructions', [opening[1]!, assistant(LONG), next], 'prefix', 0.95],
    [
      'white space',
      [opening[0]!, user(' What is\r\nthe capital\u3000of  France?\n'), assistant(`${LONG}\n\n`), next],
      'prefix',
      1,
    ],
    [
      'parts',
      [
        opening[0]!,
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is the capital ' },
            { type: 'text', text: 'of France?' },
          ],
        },
        assistant(LONG),
        next,
      ],
      'prefix',
      1,
    ],
    [
      'a name',
      [opening[0]!, { ...user('What is the capital of France?'), name: 'anna' } as ChatMessage, assistant(LONG), next],
      'prefix',
      1,
    ],
    ['reasoning', [...opening, { ...assistant(LONG), reasoning_content: 'Hm.' }, next], 'prefix', 1],
    ['thinking in the text', [...opening, assistant(`<think>Hm.\n</think>\n${LONG}`), next], 'prefix', 1],
    ['several new messages', [...opening, assistant(LONG), next, user('Quick!')], 'prefix', 1],
    [
      'a summary in place of the first question',
      [user('Summary: they talk about France.'), assistant(LONG), next],
      'tail',
      0.6,
    ],
    ['an answer cut short', [...opening, assistant(LONG.slice(0, 20)), next], 'tail', 0.7],
  ])('N3: finds it again after a change of: %s', async (_what, sent, matchedBy, score) => {
    const { tracker } = make();
    // So long that question and answer tell it from any other.
    const answer = matchedBy === 'tail' ? LONG.repeat(3) : LONG;
    const said = sent.map((message) => (message.content === LONG ? assistant(answer) : message));
    const asked =
      matchedBy === 'tail' ? [opening[0]!, user('What is the capital of France, and what else is there?')] : opening;
    const { id } = await turn(tracker, asked, answer);
    const last = said.map((message) => (message === opening[1] ? asked[1]! : message));
    expect(await turn(tracker, last)).toMatchObject({ id, isNew: false, matchedBy, score });
  });

  it('N3: finds it after work with tools, left in, left out, with other ids, in another order', async () => {
    const { tracker } = make();
    const result = (id: string, content: string): ChatMessage => ({ role: 'tool', tool_call_id: id, content });
    const twice = { ...call('1'), tool_calls: [...call('1').tool_calls!, ...call('2').tool_calls!] };
    const first = await turn(tracker, opening, twice);
    const inside = [...opening, twice, result('2', 'two'), result('1', 'one')];
    expect(await turn(tracker, inside, LONG)).toMatchObject({ id: first.id, matchedBy: 'prefix', score: 1 });
    const same = { ...twice, tool_calls: twice.tool_calls.map((one) => ({ ...one, id: `other-${one.id}` })) };
    const results = [result('other-1', 'one'), result('other-2', 'two')];
    expect(await turn(tracker, [...opening, same, ...results, assistant(LONG), next], 'Madrid')).toMatchObject({
      id: first.id,
      matchedBy: 'prefix',
      score: 1,
    });
    const without = [...opening, assistant(LONG), next, assistant('Madrid'), user('Portugal?')];
    expect(await turn(tracker, without)).toMatchObject({ id: first.id, matchedBy: 'prefix', score: 0.95 });
  });

  it('N3: tells a question asked again from a changed one', async () => {
    const { tracker } = make();
    const { id } = await turn(tracker, opening, LONG);
    const asked = [...opening, assistant(LONG), next];
    await turn(tracker, asked, 'Madrid');
    expect(await turn(tracker, asked, 'Madrid!')).toMatchObject({ id, matchedBy: 'regenerated', score: 0.95 });
    expect(await turn(tracker, [...opening, assistant(LONG), user('And Italy?')])).toMatchObject({
      id,
      matchedBy: 'branch',
      score: 0.8,
    });
    expect(await turn(tracker, [...asked, assistant('Madrid'), user('Oh')])).toMatchObject({ id, matchedBy: 'prefix' });
    expect(await turn(tracker, [...asked, assistant('Madrid!'), user('Oh')])).toMatchObject({
      id,
      matchedBy: 'prefix',
    });
  });

  it('N8: what was said is forgotten when the conversation is over', async () => {
    const { tracker, clock } = make();
    const first = await turn(tracker, opening, LONG);
    const asked = [...opening, assistant(LONG), next];
    await clock.advance(IDLE - 1);
    expect((await turn(tracker, asked, 'Madrid')).id).toBe(first.id);
    await clock.advance(IDLE);
    const late = await turn(tracker, [...asked, assistant('Madrid'), user('Portugal?')]);
    expect(late).toMatchObject({ isNew: true, matchedBy: 'new', score: 0 });
    expect(late.id).not.toBe(first.id);
  });

  it('N5: never meets another caller’s, whatever was said (property)', async () => {
    const text = fc.constantFrom('hi', 'yes', 'no', 'tell me about the river that runs through the capital of France');
    const step = fc.record({ caller: fc.constantFrom('a', 'b', 'c'), talk: fc.nat(2), question: text, answer: text });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 40 }), async (steps) => {
        const { tracker } = make();
        const talks = new Map<string, ChatMessage[]>();
        const owners = new Map<string, string>();
        for (const { caller, talk, question, answer } of steps) {
          const said = talks.get(`${caller}${talk}`) ?? [];
          talks.set(`${caller}${talk}`, said);
          said.push(user(question));
          const { id } = await turn(tracker, [...said], answer, { caller: { id: caller, role: 'user' } });
          expect(owners.get(id) ?? caller).toBe(caller);
          owners.set(id, caller);
          said.push(assistant(answer));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('by the cache key', () => {
  const key = (prompt_cache_key: string): { more: Partial<ChatRequest> } => ({
    more: { prompt_cache_key } as Partial<ChatRequest>,
  });
  const SESSION = 'ses_f84c6ba38ffe6UeTRaX25G3KTr';

  it('N4: one of a session finds it where nothing that was said does', async () => {
    const { tracker } = make();
    const { id } = await turn(tracker, [user('Hello')], 'Hi', key(SESSION));
    const found = await turn(tracker, [user('Summary of all')], 'ok', key(SESSION));
    expect(found).toMatchObject({ id, matchedBy: 'prompt_cache_key', score: 0.7 });
    expect((await turn(tracker, [user('Hello')], 'Hi', key(`${SESSION}2`))).isNew).toBe(true);
  });

  it('N1: one of an application does not make one conversation of all its users', async () => {
    const { tracker } = make();
    const ids = new Set<string>();
    for (let place = 0; place < 50; place++)
      ids.add((await turn(tracker, [user('Hello')], `Hi ${place}`, key('my-app-v1'))).id);
    expect(ids.size).toBe(50);
    const said = [user('Hello'), assistant('Hi 7'), user('Go on')];
    expect(await turn(tracker, said, undefined, key('my-app-v1'))).toMatchObject({ isNew: false, matchedBy: 'prefix' });
    expect((await turn(tracker, said, undefined, key('my-app-v2'))).isNew).toBe(true);
  });
});

describe('requests that are no chat', () => {
  it('N4: go on from the response they name', async () => {
    const { tracker } = make();
    const first = await tracker.open(undefined, a, {});
    await tracker.answered?.(first, a, { responseId: 'resp_1' });
    const found = await tracker.open(undefined, a, { previousResponseId: 'resp_1' });
    expect(found).toMatchObject({ id: first.id, matchedBy: 'previous_response_id', score: 1 });
    expect((await tracker.open(undefined, b, { previousResponseId: 'resp_1' })).isNew).toBe(true);
    expect((await tracker.open(undefined, a, {})).isNew).toBe(true);
  });
});

describe('what is known of the messages', () => {
  const usage: Usage = {
    prompt_tokens: 10,
    completion_tokens: 7,
    total_tokens: 17,
    completion_tokens_details: { reasoning_tokens: 3 },
  };
  const said = [user('Hello'), assistant('Hi'), user('Go on')];

  it('is their number and tokens, without reasoning, which nobody sends again', async () => {
    const { tracker } = make();
    await turn(tracker, [user('Hello')], 'Hi', { usage });
    expect((await turn(tracker, said)).known).toEqual({ messages: 2, tokens: 14 });
  });

  it('comes later where it had to be counted', async () => {
    const { tracker } = make();
    const session = await turn(tracker, [user('Hello')], 'Hi');
    await tracker.counted?.(session, a, usage);
    expect((await turn(tracker, said)).known).toEqual({ messages: 2, tokens: 14 });
  });

  it.each<[what: string, messages: ChatMessage[], more: Partial<ChatRequest>]>([
    ['model', said, { model: 'other' }],
    ['tools', said, { tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['instructions', [{ role: 'system', content: 'Be brief.' }, ...said], {}],
  ])('is nothing where the %s changed', async (_what, messages, more) => {
    const { tracker } = make();
    await turn(tracker, [user('Hello')], 'Hi', { usage });
    const session = await turn(tracker, messages, undefined, { more });
    expect(session.isNew).toBe(false);
    expect(session.known).toBeUndefined();
  });
});

describe('what is kept of the messages', () => {
  it('is nothing unless told', () => {
    expect(make().tracker.history).toBeUndefined();
  });

  it('is what was sent and answered, without what nobody sends back', async () => {
    const { tracker } = make({ history: 1_000 });
    const { id } = await turn(tracker, [user('Hello')], { ...assistant('Hi'), reasoning_content: 'Hm.' });
    const kept = [user('Hello'), { role: 'assistant', content: 'Hi' }];
    expect(await tracker.history?.('a', id)).toEqual(kept);
    await turn(tracker, [user('Hello'), assistant('Hi'), user('Go on')], 'Fine');
    expect(await tracker.history?.('a', id)).toEqual([...kept, user('Go on'), { role: 'assistant', content: 'Fine' }]);
    // Another question in place of the second.
    await turn(tracker, [user('Hello'), assistant('Hi'), user('Stop')], 'Well');
    expect(await tracker.history?.('a', id)).toEqual([...kept, user('Stop'), { role: 'assistant', content: 'Well' }]);
    // Other instructions: all of it anew.
    await turn(tracker, [{ role: 'system', content: 'S' }, user('Hello'), assistant('Hi'), user('Go')], 'Gone');
    expect(await tracker.history?.('a', id)).toHaveLength(5);
    expect(await tracker.history?.('b', id)).toBeUndefined();
  });
});

describe('ending, merging and splitting', () => {
  it('are of the caller’s own conversations', async () => {
    const { tracker } = make();
    const one = await turn(tracker, [user('One')], '1');
    const two = await turn(tracker, [user('Two')], '2');
    expect(await tracker.merge?.('b', one.id, two.id)).toBe(false);
    expect(await tracker.merge?.('a', one.id, two.id)).toBe(true);
    const said = [user('Two'), assistant('2'), user('Go on')];
    expect((await turn(tracker, said, 'On')).id).toBe(one.id);
    const split = await tracker.split?.('a', one.id, 2);
    expect(split).toMatch(/^conv_/);
    expect((await turn(tracker, [...said, assistant('On'), user('More')])).id).toBe(split);
    expect(await tracker.split?.('a', 'none', 2)).toBeUndefined();
    expect(await tracker.end?.('a', split!)).toBe(true);
    expect((await turn(tracker, [...said, assistant('On'), user('More')])).id).toBe(one.id);
  });
});

describe('a store that is slow or gone', () => {
  function broken(answer: () => Promise<never>): SessionStore {
    return {
      ...memorySessionStore({ maxActive: 10, maxHistoryLength: 0 }),
      open: answer,
      append: answer,
    };
  }

  it('L9: costs 20 ms once, then nothing until it is tried again; one line when it goes and one when it is back', async () => {
    let isGone = true;
    const memory = memorySessionStore({ maxActive: 10, maxHistoryLength: 0 });
    let asked = 0;
    const store: SessionStore = {
      ...broken(() => Promise.reject(new Error('gone'))),
      open: (ask) => {
        asked++;
        return isGone ? new Promise(() => undefined) : Promise.resolve(memory.open(ask));
      },
    };
    const { tracker, clock, lines } = make({ store });
    // It may take a second to connect.
    await clock.advance(1_000);
    const pending = Promise.resolve(tracker.open(undefined, a, {}));
    let session: Session | undefined;
    void pending.then((came) => (session = came));
    await clock.advance(19);
    expect(session).toBeUndefined();
    await clock.advance(1);
    expect(session).toMatchObject({ isNew: true, matchedBy: 'new' });
    for (let request = 0; request < 100; request++) await tracker.open(undefined, a, named('x').clues);
    expect(asked).toBe(1);
    expect(lines).toEqual([expect.stringContaining('conversations are away')]);
    isGone = false;
    await clock.advance(100);
    expect(await tracker.open(undefined, a, named('x').clues)).toMatchObject({ id: 'x', isNew: true });
    expect(await tracker.open(undefined, a, named('x').clues)).toMatchObject({ id: 'x', isNew: false });
    expect(asked).toBe(3);
    expect(lines).toEqual([expect.anything(), 'conversations are back']);
    expect(clock.pending).toBe(0);
  });

  it('never fails a request, however it fails', async () => {
    for (const answer of [
      () => Promise.reject(new Error('gone')),
      (): never => {
        throw new Error('at once');
      },
    ]) {
      const { tracker, lines } = make({ store: broken(answer) });
      const session = await turn(tracker, [user('Hello')], 'Hi');
      expect(session.isNew).toBe(true);
      expect(lines).toHaveLength(1);
    }
  });
});
