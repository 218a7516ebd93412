import type { LedgerCheck } from './ledger-samples.ts';
import { allOf, attempt, entry, expectEqual, NOON, tokens } from './ledger-samples.ts';

/** Answers that were made before. */
export const ledgerCachedCases: Readonly<Record<string, LedgerCheck>> = {
  cached: {
    lesson: 'K8',
    name: 'an answer out of the cache costs 0 and uses nothing; what it saved is told apart',
    check: async (ledger) => {
      const by = { providerId: 'main', providerKind: 'openai', model: 'upstream' };
      const kept = { attempts: [], outcome: 'ok', usage: tokens(30, 12, 10, 4), usageProvenance: 'cached' } as const;
      await ledger.append([
        entry({ id: 'a', conversationId: 'c', attempts: [attempt({ usage: tokens(30, 12, 10, 4), costNanoUsd: 7 })] }),
        entry({ id: 'b', conversationId: 'c', ...kept, costNanoUsd: 0, cached: { ...by, savedNanoUsd: 7 } }),
        entry({ id: 'd', conversationId: 'c', ...kept, costNanoUsd: 0, cached: { ...by, savedNanoUsd: null } }),
      ]);
      const lines = await allOf(ledger.attempts({}));
      expectEqual(
        'lines',
        lines.map((line) => [line.attempt, line.providerId, line.provenance, line.costNanoUsd, line.savedNanoUsd]),
        [
          [1, 'main', 'reported', 7, null],
          [0, 'main', 'cached', 0, 7],
          [0, 'main', 'cached', 0, null],
        ],
      );
      expectEqual(
        'tokens of the lines',
        lines.map(({ promptTokens, completionTokens }) => [promptTokens, completionTokens]),
        [
          [30, 12],
          [30, 12],
          [30, 12],
        ],
      );
      const sums = {
        requests: 3,
        attempts: 1,
        outcomes: { ok: 3, error: 0, aborted: 0, partial: 0 },
        tokens: { prompt: 30, cached: 10, completion: 12, reasoning: 4, total: 42 },
        unmeasured: 0,
        costNanoUsd: 7,
        unpriced: 0,
        cacheHits: 2,
        savedTokens: 84,
        savedNanoUsd: 7,
      };
      expectEqual('summary', await ledger.summary({}), { ...sums, conversations: 1 });
      expectEqual('summary of its lines', await ledger.summary({ fromMs: NOON - 1, toMs: NOON + 1 }), {
        ...sums,
        conversations: 1,
      });
      const [row] = await ledger.usage({ groupBy: ['provider'] });
      expectEqual('by provider', [row?.group, row?.cacheHits, row?.latencyMs.count], [{ provider: 'main' }, 2, 1]);
      const { data } = await ledger.conversations({ limit: 10 });
      expectEqual(
        'its conversation',
        data.map(({ requests, tokens: { total }, costNanoUsd }) => [requests, total, costNanoUsd]),
        [[3, 42, 7]],
      );
      expectEqual('spent', [...(await ledger.spentSince(0))], [['app', 7]]);
    },
  },
};
