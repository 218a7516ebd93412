import type { ConversationSummary } from '../../ports/index.ts';
import type { LedgerCheck } from './ledger-samples.ts';
import { allOf, attempt, DAY, entry, expectEqual, NOON, textIn, tokens } from './ledger-samples.ts';

const MINUTE = 60_000;

/** Conversations: whose they are, what was said in them, and finding them. */
export const ledgerConversationCases: Readonly<Record<string, LedgerCheck>> = {
  history: {
    name: 'a conversation comes back with its messages in their order, who said them, and its attempts',
    check: async (ledger) => {
      const lost = attempt({
        providerId: 'dead',
        outcome: 'error',
        usage: undefined,
        usageProvenance: 'absent',
        costNanoUsd: null,
      });
      await ledger.append([
        entry({ id: 'a', conversationId: 'c', startedAtMs: NOON, says: ['1', '2'], answers: '3' }),
        entry({
          id: 'b',
          conversationId: 'c',
          startedAtMs: NOON + MINUTE,
          model: 'n',
          attempts: [lost, attempt({ providerId: 'spare', startedAfterMs: 5, usage: tokens(20, 7, 8, 3) })],
          position: 3,
          says: ['4'],
          answers: '5',
        }),
      ]);
      const [conversation, ...others] = await ledger.conversation('c');
      expectEqual('others', others, []);
      const { messageLines = [], attemptLines = [], ...summary } = conversation ?? {};
      expectEqual('summary', summary, {
        id: 'c',
        callerId: 'app',
        startedAtMs: NOON,
        lastAtMs: NOON + MINUTE,
        requests: 2,
        messages: 5,
        tokens: { prompt: 30, cached: 8, completion: 12, reasoning: 3, total: 42 },
        costNanoUsd: 2_000,
        models: ['m', 'n'],
        providers: ['dead', 'main', 'spare'],
        preview: '1',
      });
      expectEqual(
        'messages',
        messageLines.map((one) => [one.position, textIn(one.json), one.role, one.from, one.providerId, one.model]),
        [
          [0, '1', 'user', 'caller', null, 'm'],
          [1, '2', 'user', 'caller', null, 'm'],
          [2, '3', 'assistant', 'model', 'main', 'm'],
          [3, '4', 'user', 'caller', null, 'n'],
          [4, '5', 'assistant', 'model', 'spare', 'n'],
        ],
      );
      expectEqual(
        'whose and when',
        messageLines.map((one) => [one.conversationId, one.callerId, one.requestId, one.atMs - NOON]),
        [...Array<unknown>(3).fill(['c', 'app', 'req_a', 0]), ...Array<unknown>(2).fill(['c', 'app', 'req_b', MINUTE])],
      );
      expectEqual(
        'attempts',
        attemptLines.map((line) => [line.entryId, line.attempt, line.providerId]),
        [
          ['a', 1, 'main'],
          ['b', 1, 'dead'],
          ['b', 2, 'spare'],
        ],
      );
      expectEqual('the list', (await ledger.conversations({ limit: 10 })).data, [summary]);
    },
  },
  regenerated: {
    name: 'an answer made anew stands beside the first at the same place',
    check: async (ledger) => {
      await ledger.append([
        entry({ id: 'a', conversationId: 'c', says: ['Joke?'], answers: 'First.' }),
        entry({ id: 'b', conversationId: 'c', startedAtMs: NOON + MINUTE, position: 1, answers: 'Second.' }),
        entry({ id: 'c', conversationId: 'c', startedAtMs: NOON + 2 * MINUTE, says: ['Poem?'], answers: 'Third.' }),
      ]);
      const [conversation] = await ledger.conversation('c');
      expectEqual(
        'messages',
        conversation?.messageLines.map(({ position, json }) => [position, textIn(json)]),
        [
          [0, 'Joke?'],
          [1, 'First.'],
          [1, 'Second.'],
          [0, 'Poem?'],
          [1, 'Third.'],
        ],
      );
    },
  },
  'answered-by': {
    name: 'a message belongs to the provider that answered, also where another was asked after it',
    check: async (ledger) => {
      const slow = attempt({
        reason: 'hedge',
        providerId: 'slow',
        startedAfterMs: 50,
        firstContentMs: undefined,
        outcome: 'aborted',
        usage: undefined,
        usageProvenance: 'absent',
        costNanoUsd: null,
      });
      const attempts = [attempt({ providerId: 'fast' }), slow];
      await ledger.append([
        entry({ id: 'a', conversationId: 'c', attempts, outcome: 'ok', says: ['1'], answers: '2' }),
      ]);
      const providers = (await ledger.conversation('c'))[0]?.messageLines.map(({ providerId }) => providerId);
      expectEqual('providers', providers, [null, 'fast']);
      const countFor = async (providerId: string): Promise<number> =>
        (await allOf(ledger.messages({ providerId }))).length;
      expectEqual('messages of both', [await countFor('fast'), await countFor('slow')], [2, 0]);
    },
  },
  isolated: {
    lesson: 'N5',
    name: 'the same id of two callers is two conversations, and each caller finds its own only',
    check: async (ledger) => {
      await ledger.append([
        entry({ id: 'a', conversationId: 'c', says: ['mine'] }),
        entry({ id: 'b', conversationId: 'c', callerId: 'other', says: ['yours'], startedAtMs: NOON + 1 }),
        entry({ id: 'd', conversationId: 'c', says: ['mine, too'], position: 1, startedAtMs: NOON + 2 }),
      ]);
      const textsOf = async (callerId?: string): Promise<unknown[]> =>
        (await ledger.conversation('c', callerId))
          .map((one) => [one.callerId, ...one.messageLines.map(({ json }) => textIn(json))])
          .sort();
      expectEqual('of all', await textsOf(), [
        ['app', 'mine', 'mine, too'],
        ['other', 'yours'],
      ]);
      expectEqual('of one', await textsOf('other'), [['other', 'yours']]);
      expectEqual('of a stranger', await textsOf('stranger'), []);
      expectEqual('of a caller whose name begins so', await textsOf('oth'), []);
      expectEqual('counted', (await ledger.summary({})).conversations, 2);
      const found = await ledger.conversations({ callerId: 'other', search: 'mine', limit: 10 });
      expectEqual('found for another', found.data, []);
      const messages = (await allOf(ledger.messages({}))).map(({ callerId, json }) => [callerId, textIn(json)]);
      expectEqual(
        'together',
        messages.findLastIndex(([caller]) => caller === 'app') - messages.findIndex(([caller]) => caller === 'app'),
        1,
      );
    },
  },
  pages: {
    name: 'pages have each conversation once, the latest first, also while others come and go on',
    check: async (ledger) => {
      const at = (place: number): number => NOON + Math.floor(place / 4) * MINUTE;
      await ledger.append(
        Array.from({ length: 22 }, (_, place) =>
          entry({
            id: `e${String(place)}`,
            conversationId: `c${String(place % 11)}`,
            callerId: place % 2 === 0 ? 'even' : 'odd',
            startedAtMs: at(place),
          }),
        ),
      );
      const seen: ConversationSummary[] = [];
      for (let more = true; more;) {
        const page = await ledger.conversations({ limit: 3, after: seen.at(-1) });
        if (page.data.length > 3) throw new Error('A page is longer than its limit.');
        seen.push(...page.data);
        more = page.hasMore;
        if (seen.length > 40) throw new Error('The pages do not end.');
        const number = String(seen.length);
        const { id = '', callerId } = page.data.at(-1) ?? {};
        await ledger.append([
          entry({ id: `new${number}`, conversationId: `new${number}`, startedAtMs: NOON + DAY }),
          entry({ id: `on${number}`, conversationId: id, callerId: callerId ?? undefined, startedAtMs: NOON + DAY }),
        ]);
      }
      const names = seen.map(({ id, callerId }) => `${id} of ${String(callerId)}`);
      expectEqual('how many', [new Set(names).size, names.length], [names.length, names.length]);
      const wanted = Array.from(
        { length: 22 },
        (_, place) => `c${String(place % 11)} of ${place % 2 ? 'odd' : 'even'}`,
      );
      const left = wanted.filter((name) => !names.includes(name));
      expectEqual('left out', left, []);
      const times = seen.map(({ lastAtMs }) => lastAtMs);
      expectEqual(
        'order',
        times,
        [...times].sort((one, other) => other - one),
      );
    },
  },
  limit: {
    name: 'a page that is just full says truly whether more follow',
    check: async (ledger) => {
      await ledger.append(['a', 'b', 'c'].map((id) => entry({ id, conversationId: id })));
      const pageOf = async (limit: number): Promise<unknown> => {
        const { data, hasMore } = await ledger.conversations({ limit });
        return [data.length, hasMore];
      };
      expectEqual('two of three', await pageOf(2), [2, true]);
      expectEqual('three of three', await pageOf(3), [3, false]);
      expectEqual('four of three', await pageOf(4), [3, false]);
      const gone = { id: 'gone', callerId: null, lastAtMs: NOON + 1 };
      expectEqual('after one that is gone', (await ledger.conversations({ limit: 9, after: gone })).data.length, 3);
      const older = { id: 'gone', callerId: null, lastAtMs: NOON - 1 };
      expectEqual('after an older one', (await ledger.conversations({ limit: 9, after: older })).data, []);
    },
  },
  search: {
    name: 'a conversation is found by a text in it, or by how its id begins; signs of patterns are letters',
    check: async (ledger) => {
      const said = ['The Quick fox', '他说"你好"', 'rate 100% sure', 'snake_case', 'back\\slash', '👋🏽 hi', "it's"];
      await ledger.append(
        said.map((text, place) =>
          entry({ id: `e${String(place)}`, conversationId: `conv_${String(place)}`, says: [text] }),
        ),
      );
      const found = async (search: string): Promise<string> =>
        (await ledger.conversations({ search, limit: 10 })).data
          .map(({ id }) => id)
          .sort()
          .join(' ');
      const searches: readonly (readonly [search: string, found: string])[] = [
        ['quick FOX', 'conv_0'],
        ['"你好"', 'conv_1'],
        ['100%', 'conv_2'],
        ['0% s', 'conv_2'],
        ['%', 'conv_2'],
        ['e_c', 'conv_3'],
        ['k\\s', 'conv_4'],
        ['👋🏽', 'conv_5'],
        ["t's", 'conv_6'],
        ['conv_3', 'conv_3'],
        ['onv_3', ''],
        ['role', ''],
        ['nobody said this', ''],
      ];
      for (const [search, wanted] of searches) expectEqual(`found by ${search}`, await found(search), wanted);
    },
  },
  'without-messages': {
    name: 'where messages are not kept there is no preview, and everything else is there',
    check: async (ledger) => {
      await ledger.append([entry({ id: 'a', conversationId: 'c' })]);
      const { data } = await ledger.conversations({ limit: 1 });
      expectEqual(
        'conversation',
        data.map(({ preview, messages, requests }) => [preview, messages, requests]),
        [[null, 0, 1]],
      );
      expectEqual('messages', (await ledger.conversation('c'))[0]?.messageLines, []);
    },
  },
  'left-early': {
    name: 'who stops reading lines or messages early holds nothing up',
    check: async (ledger, reopen) => {
      await ledger.append(
        Array.from({ length: 1_200 }, (_, place) =>
          entry({ id: `e${String(place)}`, conversationId: 'c', says: ['x'] }),
        ),
      );
      for await (const line of ledger.attempts({})) if (line.attempt === 1) break;
      for await (const message of ledger.messages({})) if (message.position === 0) break;
      await ledger.append([entry({ id: 'after' })]);
      expectEqual('requests', (await (await reopen()).summary({})).requests, 1_201);
    },
  },
  part: {
    lesson: 'M1',
    name: 'a long conversation can be read in parts: so many messages, and so many bytes, at a time',
    check: async (ledger) => {
      const texts = Array.from({ length: 7 }, (_, place) => `${place} ${'x'.repeat(200)}`);
      await ledger.append(
        texts.map((text, place) =>
          entry({ id: `e${place}`, conversationId: 'c', says: [text], position: place, startedAtMs: NOON + place }),
        ),
      );
      const read = async (part: Parameters<typeof ledger.conversation>[2]): Promise<unknown[]> => {
        const [found] = await ledger.conversation('c', undefined, part);
        const said = found?.messageLines.map(({ json }) => String(textIn(json))[0]);
        return [said?.join(''), found?.hasMore ?? false, found?.messages];
      };
      expectEqual('all', await read({}), ['0123456', false, 7]);
      expectEqual('the first', await read({ limit: 3 }), ['012', true, 7]);
      expectEqual('the next', await read({ skip: 3, limit: 3 }), ['345', true, 7]);
      expectEqual('the last', await read({ skip: 6, limit: 3 }), ['6', false, 7]);
      expectEqual('none', await read({ skip: 9 }), ['', false, 7]);
      expectEqual('what is light', await read({ maxBytes: 600 }), ['01', true, 7]);
      expectEqual('one that is heavy', await read({ skip: 2, maxBytes: 10 }), ['2', true, 7]);
    },
  },
};
