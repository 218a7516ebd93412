import type { Ledger, LedgerEntry } from 'nexusai-hub/ports';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { databases } from './databases.ts';
import { all, answered, attempt, entry, NOON, said, usageOf } from './entries.ts';

const HOUR = 3_600_000;

describe.each(databases)('$name', ({ make }) => {
  let ledger: Required<Ledger>;
  let close: () => Promise<void> | void;
  beforeEach(async () => {
    const place = await make();
    ledger = place.open();
    close = place.close;
  });
  afterEach(async () => {
    await ledger.close();
    await close();
  });

  describe('append', () => {
    it('keeps a line for each attempt, with all that is known of it', async () => {
      const failed = attempt({
        outcome: 'error',
        error: 'provider_unavailable',
        firstContentMs: undefined,
        durationMs: 12.3456,
        usage: undefined,
        usageProvenance: 'absent',
        costNanoUsd: null,
        priceVersion: undefined,
        keyId: 'k1',
      });
      const detailed = {
        ...usageOf(100, 20),
        prompt_tokens_details: { cached_tokens: 40 },
        completion_tokens_details: { reasoning_tokens: 8 },
      };
      const next = attempt({ reason: 'next', providerId: 'spare', startedAfterMs: 30, usage: detailed });
      const one = entry({ attempts: [failed, next], streamed: true });
      await ledger.append([one]);
      expect(await all(ledger.attempts({}))).toEqual([
        {
          entryId: one.id,
          attempt: 1,
          isLast: false,
          requestId: 'req_1',
          operation: 'chat',
          callerId: 'app',
          conversationId: 'c-1',
          model: 'gpt-4o',
          providerId: 'main',
          providerKind: 'openai',
          upstreamModel: 'gpt-4o-2024',
          keyId: 'k1',
          reason: 'first',
          streamed: true,
          startedAtMs: NOON,
          firstContentMs: null,
          durationMs: 12.346,
          outcome: 'error',
          error: 'provider_unavailable',
          promptTokens: null,
          cachedTokens: null,
          completionTokens: null,
          reasoningTokens: null,
          provenance: 'absent',
          costNanoUsd: null,
          savedNanoUsd: null,
          priceVersion: null,
          requestOutcome: null,
          requestDurationMs: null,
        },
        expect.objectContaining({
          attempt: 2,
          isLast: true,
          providerId: 'spare',
          reason: 'next',
          keyId: null,
          startedAtMs: NOON + 30,
          promptTokens: 100,
          cachedTokens: 40,
          completionTokens: 20,
          reasoningTokens: 8,
          provenance: 'reported',
          costNanoUsd: 450_000,
          priceVersion: 'v1',
          requestOutcome: 'ok',
          requestDurationMs: 210,
        }),
      ]);
    });

    it('keeps a line for a request nobody was asked for', async () => {
      await ledger.append([entry({ attempts: [], outcome: 'error', error: 'rate_limited', callerId: undefined })]);
      expect(await all(ledger.attempts({}))).toEqual([
        expect.objectContaining({
          attempt: 0,
          isLast: true,
          providerId: null,
          callerId: null,
          requestOutcome: 'error',
        }),
      ]);
      expect(await ledger.summary({})).toMatchObject({ requests: 1, attempts: 0, unmeasured: 0, unpriced: 0 });
    });

    it('counts an entry once that comes twice, in one batch or in two', async () => {
      const one = entry();
      await ledger.append([one, one]);
      const once = { summary: await ledger.summary({}), history: await ledger.conversation('c-1') };
      expect(once.summary).toMatchObject({ requests: 1, attempts: 1, costNanoUsd: 450_000, conversations: 1 });
      await ledger.append([one]);
      await ledger.append([one, entry({ conversationId: 'c-2' })]);
      expect(await ledger.conversation('c-1')).toEqual(once.history);
      expect(await ledger.summary({})).toMatchObject({ requests: 2, attempts: 2, costNanoUsd: 900_000 });
    });

    it('writes all of a batch or nothing', async () => {
      const broken = { ...entry(), id: null } as unknown as LedgerEntry;
      await expect(ledger.append([entry(), broken])).rejects.toThrow();
      expect(await ledger.summary({})).toMatchObject({ requests: 0, conversations: 0 });
      expect(await all(ledger.attempts({}))).toEqual([]);
      await ledger.append([entry()]);
      expect(await ledger.summary({})).toMatchObject({ requests: 1 });
    });

    it('finds rows again whose names hold what no database does', async () => {
      for (let time = 0; time < 2; time++)
        await ledger.append([entry({ conversationId: 'a\u0000b\ud800', model: 'm\u0000', requestId: '\udc00' })]);
      const [history] = await ledger.conversation('a\ufffdb\ufffd');
      expect(history).toMatchObject({ models: ['m\ufffd'], requests: 2 });
      expect(history?.messageLines).toHaveLength(4);
      expect(await ledger.usage({ groupBy: ['model'] })).toMatchObject([
        { group: { model: 'm\ufffd' }, requests: 2, latencyMs: { count: 2 } },
      ]);
    });

    it('writes batches of any size', async () => {
      for (const size of [0, 1, 2, 3, 255, 257, 700]) {
        const batch = Array.from({ length: size }, () => entry({ conversationId: `size-${size}` }));
        await ledger.append(batch);
        const [history] = await ledger.conversation(`size-${size}`);
        expect(history?.attemptLines.length ?? 0).toBe(size);
        expect(history?.messageLines.length ?? 0).toBe(2 * size);
      }
    });
  });

  describe('summary', () => {
    it('tells outcomes apart, and what nobody measured from nothing', async () => {
      const unmeasured = attempt({ usage: undefined, usageProvenance: 'absent', costNanoUsd: null });
      await ledger.append([
        entry(),
        entry({ outcome: 'aborted', attempts: [unmeasured] }),
        entry({ outcome: 'partial', attempts: [attempt({ costNanoUsd: null })] }),
        entry({ outcome: 'error', attempts: [unmeasured, unmeasured] }),
      ]);
      expect(await ledger.summary({})).toEqual({
        conversations: 1,
        requests: 4,
        attempts: 5,
        outcomes: { ok: 1, error: 1, aborted: 1, partial: 1 },
        tokens: { prompt: 200, cached: 0, completion: 40, reasoning: 0, total: 240 },
        unmeasured: 3,
        costNanoUsd: 450_000,
        unpriced: 1,
        cacheHits: 0,
        savedTokens: 0,
        savedNanoUsd: 0,
      });
    });

    it('is all zeros where there is nothing', async () => {
      expect(await ledger.summary({})).toMatchObject({ conversations: 0, requests: 0, tokens: { total: 0 } });
      expect(await ledger.usage({ groupBy: ['model'] })).toEqual([]);
      expect(await ledger.conversations({ limit: 10 })).toEqual({ data: [], hasMore: false });
      expect(await ledger.conversation('c-1')).toEqual([]);
    });
  });

  describe('conversation', () => {
    it('has all that was said in it, in the order in which it was, whatever order it was written in', async () => {
      const first = entry({ requestId: 'a' }, [said(0, 'Be brief', 'system'), said(1, 'One'), answered(2, '1')]);
      const second = entry({ requestId: 'b', startedAtMs: NOON + 1000, model: 'fast' }, [
        said(3, 'Two'),
        answered(4, '2'),
      ]);
      const third = entry({ requestId: 'c', startedAtMs: NOON + 2000, attempts: [attempt({ providerId: 'spare' })] }, [
        answered(4, 'two'),
      ]);
      await ledger.append([third, second]);
      await ledger.append([first]);
      const [history] = await ledger.conversation('c-1');
      expect(history).toMatchObject({
        id: 'c-1',
        callerId: 'app',
        startedAtMs: NOON,
        lastAtMs: NOON + 2000,
        requests: 3,
        messages: 6,
        tokens: { prompt: 300, completion: 60, total: 360 },
        costNanoUsd: 1_350_000,
        models: ['fast', 'gpt-4o'],
        providers: ['main', 'spare'],
      });
      expect(history?.attemptLines.map(({ requestId }) => requestId)).toEqual(['a', 'b', 'c']);
      expect(history?.messageLines).toEqual([
        expect.objectContaining({ position: 0, role: 'system', from: 'caller', requestId: 'a', providerId: null }),
        expect.objectContaining({ position: 1, role: 'user', json: '{"role":"user","content":"One"}', atMs: NOON }),
        expect.objectContaining({ position: 2, role: 'assistant', from: 'model', providerId: 'main' }),
        expect.objectContaining({ position: 3, requestId: 'b', model: 'fast', conversationId: 'c-1', callerId: 'app' }),
        expect.objectContaining({ position: 4, requestId: 'b' }),
        expect.objectContaining({ position: 4, requestId: 'c', providerId: 'spare', atMs: NOON + 2000 }),
      ]);
    });

    it('says whose answer was delivered, where another failed at going on with it', async () => {
      const broke = attempt({ providerId: 'main', outcome: 'partial' });
      const failed = attempt({ providerId: 'spare', outcome: 'error', firstContentMs: undefined });
      await ledger.append([entry({ attempts: [broke, failed], outcome: 'partial' })]);
      const [history] = await ledger.conversation('c-1');
      expect(history?.messageLines.map(({ providerId }) => providerId)).toEqual([null, 'main']);
    });

    it('N1: is of its caller, also where another has the same id', async () => {
      await ledger.append([entry({ callerId: 'a' }), entry({ callerId: 'b' }), entry({ callerId: undefined })]);
      expect((await ledger.conversation('c-1')).map(({ callerId }) => callerId)).toEqual([null, 'a', 'b']);
      expect((await ledger.conversation('c-1', 'b')).map(({ callerId }) => callerId)).toEqual(['b']);
      expect(await ledger.conversation('c-1', 'c')).toEqual([]);
      expect(await ledger.summary({ callerId: 'a' })).toMatchObject({ conversations: 1, requests: 1 });
    });
  });

  describe('runs', () => {
    it('are those that have not ended', async () => {
      const mine = { id: 'a', host: 'h', pid: 1, startedAtMs: 1, seenAtMs: 1 };
      const other = { ...mine, id: 'b', startedAtMs: 2 };
      expect(await ledger.runs(mine)).toEqual([mine]);
      await ledger.runs(other);
      const seen = { ...mine, seenAtMs: 5 };
      expect(await ledger.runs(seen)).toEqual([seen, other]);
      await ledger.endRuns(['b', 'unknown']);
      await ledger.endRuns([]);
      expect(await ledger.runs(seen)).toEqual([seen]);
    });
  });

  describe('usage', () => {
    it('sums up by whatever it is told apart by', async () => {
      const spare = attempt({ providerId: 'spare', durationMs: 1000 });
      await ledger.append([
        entry(),
        entry({ model: 'fast', attempts: [spare], startedAtMs: NOON + HOUR }),
        entry({ callerId: 'b', startedAtMs: NOON + 24 * HOUR }),
        entry({ callerId: undefined, attempts: [], outcome: 'error' }),
      ]);
      const by = async (...groupBy: Parameters<Ledger['usage']>[0]['groupBy'][number][]) =>
        (await ledger.usage({ groupBy })).map(({ group, requests }) => [...Object.values(group), requests]);
      expect(await by('model')).toEqual([
        ['fast', 1],
        ['gpt-4o', 3],
      ]);
      expect(await by('provider')).toEqual([
        [null, 1],
        ['main', 2],
        ['spare', 1],
      ]);
      expect(await by('key')).toEqual([
        [null, 1],
        ['app', 2],
        ['b', 1],
      ]);
      expect(await by('hour')).toEqual([
        ['2026-03-10T12:00:00.000Z', 2],
        ['2026-03-10T13:00:00.000Z', 1],
        ['2026-03-11T12:00:00.000Z', 1],
      ]);
      expect(await by('day', 'model')).toEqual([
        ['2026-03-10T00:00:00.000Z', 'fast', 1],
        ['2026-03-10T00:00:00.000Z', 'gpt-4o', 2],
        ['2026-03-11T00:00:00.000Z', 'gpt-4o', 1],
      ]);
      expect(await by()).toEqual([[4]]);
    });
  });
});
