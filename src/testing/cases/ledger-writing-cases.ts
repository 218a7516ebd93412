import type { LedgerEntry } from '../../ports/index.ts';
import type { LedgerCheck } from './ledger-samples.ts';
import { allOf, attempt, entry, expectEqual, expectRejection, NOON, textIn, tokens } from './ledger-samples.ts';

/** Texts that mean something to one database or another. */
const ODD_TEXTS = [
  '你好，世界',
  '👩‍🚀 👋🏽',
  'NUL \u0000 inside',
  'half \ud83d of a pair',
  `it's "quoted" \\ and %_`,
  'a\r\nb\u2028c',
  '',
  'x'.repeat(100_000),
];

/** What is written is there: once, wholly, and as it was. */
export const ledgerWritingCases: Readonly<Record<string, LedgerCheck>> = {
  durable: {
    lesson: 'P5',
    name: 'what was written is there, also after it was opened anew',
    check: async (ledger, reopen) => {
      await ledger.append([entry({ id: 'a', conversationId: 'c', says: ['Hello'], answers: 'Hi' })]);
      const again = await reopen();
      const [conversation] = await again.conversation('c');
      expectEqual(
        'messages',
        conversation?.messageLines.map(({ json }) => textIn(json)),
        ['Hello', 'Hi'],
      );
      expectEqual('requests', (await again.summary({})).requests, 1);
    },
  },
  once: {
    name: 'an entry that comes again counts once, beside new ones, twice in one batch, and after it was opened anew',
    check: async (ledger, reopen) => {
      const one = entry({ id: 'a', conversationId: 'c', says: ['Hello'] });
      await ledger.append([one]);
      await ledger.append([one, entry({ id: 'b' }), entry({ id: 'b' })]);
      const again = await reopen();
      await again.append([one]);
      const { requests, attempts, tokens: sums, costNanoUsd } = await again.summary({});
      expectEqual('sums', [requests, attempts, sums.total, costNanoUsd], [2, 2, 30, 2_000]);
      expectEqual('lines', (await allOf(again.attempts({}))).length, 2);
      expectEqual('messages', (await again.conversation('c'))[0]?.messageLines.length, 1);
      expectEqual('rows', (await again.usage({ groupBy: ['model'] }))[0]?.latencyMs.count, 2);
    },
  },
  'all-or-nothing': {
    name: 'of entries of which one cannot be written, none is',
    check: async (ledger) => {
      await ledger.append([entry({ id: 'before' })]);
      const broken: LedgerEntry = {
        ...entry({ id: 'broken', conversationId: 'c' }),
        get messages(): never {
          throw new Error('a message that cannot be read');
        },
      };
      await expectRejection(
        'append',
        ledger.append([entry({ id: 'a', conversationId: 'c', says: ['Hello'] }), broken, entry({ id: 'b' })]),
      );
      expectEqual('requests', (await ledger.summary({})).requests, 1);
      expectEqual('conversation', await ledger.conversation('c'), []);
      await ledger.append([entry({ id: 'a' })]);
      expectEqual('requests written later', (await ledger.summary({})).requests, 2);
    },
  },
  nothing: {
    name: 'nothing to write is no error, and an empty ledger is empty',
    check: async (ledger) => {
      await ledger.append([]);
      const sums = { prompt: 0, cached: 0, completion: 0, reasoning: 0, total: 0 };
      expectEqual('summary', await ledger.summary({}), {
        requests: 0,
        attempts: 0,
        outcomes: { ok: 0, error: 0, aborted: 0, partial: 0 },
        tokens: sums,
        unmeasured: 0,
        costNanoUsd: 0,
        unpriced: 0,
        cacheHits: 0,
        savedTokens: 0,
        savedNanoUsd: 0,
        conversations: 0,
      });
      expectEqual('usage', await ledger.usage({ groupBy: [] }), []);
      expectEqual('usage by model', await ledger.usage({ groupBy: ['model'] }), []);
      expectEqual('conversations', await ledger.conversations({ limit: 10 }), { data: [], hasMore: false });
      expectEqual('unknown conversation', await ledger.conversation('nobody'), []);
      expectEqual('lines', await allOf(ledger.attempts({})), []);
      expectEqual('messages', await allOf(ledger.messages({})), []);
      expectEqual('spent', [...(await ledger.spentSince(0))], []);
    },
  },
  line: {
    name: 'a line has everything that was known of its attempt',
    check: async (ledger) => {
      const made = attempt({
        reason: 'next',
        providerId: 'spare',
        model: 'upstream-2',
        keyId: 'key-2',
        startedAfterMs: 250,
        firstContentMs: 12.5,
        durationMs: 99.25,
        usage: tokens(100, 50, 60, 20),
        costNanoUsd: 123_456_789,
      });
      await ledger.append([entry({ id: 'a', conversationId: 'c', durationMs: 350, attempts: [made] })]);
      expectEqual('line', await allOf(ledger.attempts({})), [
        {
          entryId: 'a',
          attempt: 1,
          isLast: true,
          requestId: 'req_a',
          operation: 'chat',
          callerId: 'app',
          conversationId: 'c',
          model: 'm',
          providerId: 'spare',
          providerKind: 'openai',
          upstreamModel: 'upstream-2',
          keyId: 'key-2',
          reason: 'next',
          streamed: true,
          startedAtMs: NOON + 250,
          firstContentMs: 12.5,
          durationMs: 99.25,
          outcome: 'ok',
          error: null,
          promptTokens: 100,
          cachedTokens: 60,
          completionTokens: 50,
          reasoningTokens: 20,
          provenance: 'reported',
          costNanoUsd: 123_456_789,
          savedNanoUsd: null,
          priceVersion: 'v1',
          requestOutcome: 'ok',
          requestDurationMs: 350,
        },
      ]);
    },
  },
  'not-measured': {
    lesson: 'S11',
    name: 'what nobody measured, or has a price for, is null and counted, never 0',
    check: async (ledger) => {
      const lost = { usage: undefined, usageProvenance: 'absent', costNanoUsd: null, priceVersion: undefined } as const;
      await ledger.append([
        entry({ id: 'a', attempts: [attempt({ ...lost, outcome: 'partial', firstContentMs: undefined })] }),
        entry({ id: 'b', attempts: [attempt({ costNanoUsd: null, priceVersion: undefined })] }),
        entry({ id: 'c', attempts: [attempt({ usage: tokens(0, 0), costNanoUsd: 0 })] }),
        entry({ id: 'd', attempts: [], callerId: undefined, outcome: 'error', error: 'unauthenticated' }),
      ]);
      const { requests, attempts, unmeasured, unpriced, tokens: sums } = await ledger.summary({});
      expectEqual('counts', [requests, attempts, unmeasured, unpriced, sums.total], [4, 3, 1, 1, 15]);
      const lines = await allOf(ledger.attempts({}));
      expectEqual(
        'lines',
        lines.map((line) => [
          line.attempt,
          line.promptTokens,
          line.cachedTokens,
          line.costNanoUsd,
          line.firstContentMs,
        ]),
        [
          [1, null, null, null, null],
          [1, 10, null, null, 20],
          [1, 0, null, 0, 20],
          [0, null, null, null, null],
        ],
      );
      expectEqual(
        'nobody',
        [lines[3]?.providerId, lines[3]?.callerId, lines[3]?.error],
        [null, null, 'unauthenticated'],
      );
    },
  },
  texts: {
    lesson: 'S1',
    name: 'messages come back as they were: Chinese, emoji, NUL, halves of pairs, long ones',
    check: async (ledger) => {
      await ledger.append([entry({ id: 'a', conversationId: 'c', says: ODD_TEXTS, answers: '好的 👌' })]);
      const [conversation] = await ledger.conversation('c');
      expectEqual(
        'messages',
        conversation?.messageLines.map(({ json }) => textIn(json)),
        [...ODD_TEXTS, '好的 👌'],
      );
    },
  },
  'odd-names': {
    lesson: 'P1',
    name: 'names that no database takes as they are keep nothing from being written',
    check: async (ledger) => {
      const models = ['模型/👋🏽', 'NUL \u0000', 'half \ud83d', `'; drop table chat_stats; --`, 'x'.repeat(10_000), ''];
      await ledger.append(models.map((model, place) => entry({ id: `e${String(place)}`, model, conversationId: 'c' })));
      expectEqual('requests', (await ledger.summary({})).requests, models.length);
      const shown = (await ledger.usage({ groupBy: ['model'] })).map(({ group }) => group.model);
      for (const model of models.filter((name) => !/[\u0000\ud83d](?![\udc00-\udfff])/.test(name)))
        if (!shown.includes(model)) throw new Error(`The model ${inspectShort(model)} is not in the usage by model.`);
    },
  },
  large: {
    name: 'a thousand entries are written at once, and again with a thousand more',
    check: async (ledger) => {
      const many = (from: number): LedgerEntry[] =>
        Array.from({ length: 1_000 }, (_, place) =>
          entry({ id: `e${String(from + place)}`, conversationId: `c${String(place % 7)}`, says: ['x'] }),
        );
      await ledger.append(many(0));
      await ledger.append([...many(0), ...many(1_000)]);
      const { requests, conversations } = await ledger.summary({});
      expectEqual('requests and conversations', [requests, conversations], [2_000, 7]);
      expectEqual('lines', (await allOf(ledger.attempts({}))).length, 2_000);
      expectEqual('messages', (await allOf(ledger.messages({}))).length, 2_000);
    },
  },
};

function inspectShort(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}
