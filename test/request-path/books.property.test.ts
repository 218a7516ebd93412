import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNexusError, memoryLedger } from 'nexusai-hub';
import type { NexusErrorCode, Providers } from 'nexusai-hub';
import { CODES } from 'nexusai-hub';
import type { Balancer, Caller, FlowControl, LedgerEntry, Limiter, SessionTracker } from 'nexusai-hub/ports';
import { chunkOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { Script, StreamStep } from 'nexusai-hub/testing';
import { checkBooks, checkSums, keepBooks } from './books.ts';
import { parsePassedRequest } from '../../src/openai/forward-request.ts';
import { fallbackRouter } from './fallback-router.ts';
import { forwardingToo } from './forwarding-provider.ts';
import { harness, PLAIN, STREAM } from './harness.ts';

/** Runs in a continuous-integration run; each is a whole request with random faults. */
const RUNS = 2_000;
/** Answers of a model that have to be measured before anybody is asked beside it. */
const WARM = 20;

const delay = fc.integer({ min: 0, max: 400 });
const fault = fc.oneof(
  fc.constantFrom(...(Object.keys(CODES) as NexusErrorCode[])),
  fc.constant(new Error('anything')),
);
const step: fc.Arbitrary<StreamStep> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('', 'x', '你好').map((content) => ({ yields: chunkOf({ content }) })) },
  {
    weight: 2,
    arbitrary: fc.constant({ yields: [chunkOf({ role: 'assistant', content: '' }), chunkOf({ content: 'y' })] }),
  },
  { weight: 2, arbitrary: fc.constant({ yields: chunkOf({ finish: 'stop' }) }) },
  { weight: 3, arbitrary: delay.map((waitsMs) => ({ waitsMs })) },
  { weight: 1, arbitrary: fault.map((throws) => ({ throws })) },
  { weight: 1, arbitrary: fc.constantFrom('until aborted' as const, 'deaf' as const).map((hangs) => ({ hangs })) },
);
const script: fc.Arbitrary<Script> = fc.oneof(
  fc.record({ says: fc.constantFrom('', 'Hello') }),
  fc.array(step, { maxLength: 8 }).map((streams) => ({ streams })),
  fc.record({ first: fc.array(step, { maxLength: 2 }), then: fc.record({ says: fc.constant('late') }) }),
  fault.map((throws) => ({ throws })),
);

/** What the parts around the provider do wrong. */
const mischief = fc.record({
  lease: fc.constantFrom('at once', 'late', 'refuses', 'throws'),
  slot: fc.constantFrom('at once', 'late', 'full'),
  session: fc.constantFrom('at once', 'late', 'rejects'),
  sink: fc.constantFrom('takes', 'throws'),
  counter: fc.constantFrom('counts', 'rejects', 'late'),
});

const NOTHING_WRONG = {
  lease: 'at once',
  slot: 'at once',
  session: 'at once',
  sink: 'takes',
  counter: 'counts',
} as const;

/** What the owner turned on besides. */
const extras = fc.record({
  hedge: fc.boolean(),
  continuation: fc.constantFrom('off' as const, 'marked' as const),
  whenAllOpen: fc.constantFrom('fail_fast' as const, 'wait' as const, 'least_bad' as const),
  open: fc.constantFrom('none', 'all', 'for a while'),
  fallback: fc.constantFrom('none', 'unavailable', 'content_filter', 'context_length'),
  balancer: fc.constantFrom('quiet', 'listens', 'throws'),
  ledger: fc.constantFrom('takes', 'is late', 'is away for a while'),
  durability: fc.constantFrom('batched' as const, 'acknowledged' as const),
  disconnect: fc.constantFrom('reported' as const, 'delivered' as const, 'none' as const, 'drain' as const),
});

const reader = fc.record({
  operation: fc.constantFrom('chat', 'chat', 'completions', 'speech'),
  streamed: fc.boolean(),
  asksUsage: fc.boolean(),
  abortAfterMs: fc.option(delay),
  leaveAfterChunks: fc.option(fc.integer({ min: 0, max: 6 })),
  pauseMs: fc.constantFrom(0, 0, 30, 700),
  closeAfterMs: fc.option(fc.integer({ min: 0, max: 900 }), { freq: 4 }),
});

/** In the warm phase it asks the provider `warm` first, afterwards last; it may hear of attempts, and fail at that. */
function balancerThat(
  does: 'quiet' | 'listens' | 'throws',
  heard: { begun: number; over: number },
  isWarm: () => boolean,
): Balancer {
  return {
    order: (targets) => {
      const others = targets.filter(({ providerId }) => providerId !== 'warm');
      const warm = targets.filter(({ providerId }) => providerId === 'warm');
      return isWarm() ? [...others, ...warm] : [...warm, ...others];
    },
    ...(does === 'quiet'
      ? {}
      : {
          begins: () => {
            heard.begun++;
            return {
              content: () => {
                if (does === 'throws') throw new Error('balancer');
              },
              over: () => {
                heard.over++;
                if (does === 'throws') throw new Error('balancer');
              },
            };
          },
        }),
  };
}

it('whatever fails and whoever leaves: the books balance, and only NexusErrors come out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(script, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
      mischief,
      extras,
      reader,
      async (scripts, wrong, turnedOn, how) => {
        const isOpen = turnedOn.open === 'none' ? [] : scripts.map((_list, place) => `p${String(place)}/m`);
        const open = new Set<string>();
        const books = keepBooks(open);
        let isWarm = !turnedOn.hedge;
        const parts = (): typeof wrong => (isWarm ? wrong : NOTHING_WRONG);
        const providers = Object.fromEntries(
          scripts.map((list, place) => [`p${String(place)}`, forwardingToo(scriptedProvider(list))]),
        );
        const limits = { firstContentMs: 250, idleMs: 200, wholeMs: 500, unreadMs: 600 };
        const clock = manualClock();
        const late = async (ms: number): Promise<void> => new Promise((resolve) => void clock.schedule(ms, resolve));
        const limiter: Limiter = {
          acquire: (...given) => {
            if (parts().lease === 'throws') throw new Error('limiter broke');
            if (parts().lease === 'refuses') return Promise.reject(new Error('no'));
            return parts().lease === 'late'
              ? late(50).then(() => books.limiter.acquire(...given))
              : books.limiter.acquire(...given);
          },
        };
        const flowControl: FlowControl = {
          enter: async (...given) => {
            if (parts().slot === 'full') throw new Error('full');
            if (parts().slot === 'late') await late(30);
            return books.flowControl.enter(...given);
          },
        };
        const sessionTracker: SessionTracker = {
          active: () => 0,
          open: async (_request: unknown, _caller: Caller) => {
            if (parts().session === 'rejects') throw new Error('store is down');
            if (parts().session === 'late') await late(20);
            return { id: 's', isNew: true };
          },
        };
        const warm = scriptedProvider([
          ...Array.from({ length: WARM }, () => ({ says: 'warm' })),
          { throws: 'provider_denied' },
        ]);
        const heard = { begun: 0, over: 0 };
        const kept: LedgerEntry[] = [];
        const all: Providers = turnedOn.hedge ? { ...providers, warm } : providers;
        const { hub } = harness(
          all,
          {
            timeouts: limits,
            routing: {
              maxAttempts: 4,
              deadlineMs: 800,
              backoffMs: 100,
              continuation: turnedOn.continuation,
              ...(turnedOn.hedge ? { hedge: { share: 1, minMs: 50, withTools: true } } : {}),
            },
            circuit: { whenAllOpen: turnedOn.whenAllOpen },
            balancer: balancerThat(turnedOn.balancer, heard, () => isWarm),
            ...(turnedOn.fallback === 'none'
              ? {}
              : {
                  router: fallbackRouter({ m: all, f: { spare: scriptedProvider({ says: 'spare' }) } }, [
                    { model: 'f', on: [turnedOn.fallback] },
                  ]),
                }),
            clock,
            ledger: {
              ...memoryLedger(),
              append: async (entries) => {
                if (isWarm && turnedOn.ledger === 'is late') await late(70);
                if (isWarm && turnedOn.ledger === 'is away for a while' && clock.elapsed() < 1_000)
                  throw new Error('away');
                kept.push(...entries);
              },
            },
            records: { durability: turnedOn.durability, disconnect: turnedOn.disconnect, acknowledgeWithinMs: 300 },
            limiter,
            flowControl,
            sessionTracker,
            statsSinks:
              parts().sink === 'throws'
                ? [
                    books.sink,
                    {
                      record: () => {
                        throw new Error('sink');
                      },
                    },
                  ]
                : [books.sink],
            tokenCounter: {
              async count() {
                if (parts().counter === 'rejects') throw new Error('count');
                if (parts().counter === 'late') await late(40);
                return { tokens: 1, exact: false };
              },
            },
          },
          books,
        );

        for (; !isWarm && warm.calls.length < WARM;) await hub.chat.completions.create(PLAIN);
        isWarm = true;
        for (const id of isOpen) open.add(id);
        if (turnedOn.open === 'for a while') clock.schedule(300, () => open.clear());

        const controller = new AbortController();
        if (how.abortAfterMs !== null)
          clock.schedule(how.abortAfterMs, () => {
            controller.abort();
          });
        let closed: Promise<void> | undefined;
        if (how.closeAfterMs !== null)
          clock.schedule(how.closeAfterMs, () => {
            closed = hub.close({ drainMs: 100 });
          });
        const surprises: unknown[] = [];
        const read = async (stream: AsyncIterable<unknown>): Promise<void> => {
          let count = 0;
          for await (const _item of stream) {
            if (how.leaveAfterChunks === count++) break;
            if (how.pauseMs > 0) await late(how.pauseMs);
          }
        };
        const use = async (): Promise<void> => {
          try {
            if (how.operation !== 'chat') {
              const request = parsePassedRequest(how.operation, { model: 'm', prompt: 'Hi', stream: how.streamed });
              const answer = await hub.open({
                operation: how.operation,
                request,
                credentials: { via: 'process' },
                signal: controller.signal,
              });
              if (answer.kind !== 'forwarded') throw new Error(`not forwarded but ${answer.kind}`);
              if (!(answer.body instanceof Uint8Array)) await read(answer.body);
              return;
            }
            if (!how.streamed) {
              await hub.chat.completions.create(PLAIN, { signal: controller.signal });
              return;
            }
            const request = { ...STREAM, stream_options: { include_usage: how.asksUsage } };
            await read(await hub.chat.completions.create(request, { signal: controller.signal }));
          } catch (cause) {
            if (!isNexusError(cause)) surprises.push(cause);
          }
        };
        const using = use();
        await clock.advance(12_000);
        await using;
        const closing = closed ?? hub.close();
        await clock.advance(12_000);
        await closing;
        expect(surprises).toEqual([]);
        checkBooks(books, turnedOn.hedge ? WARM + 1 : 1);
        // C5: whatever becomes of a request, the ledger has it once, and its attempts come to what it came to.
        expect(kept.map(({ record }) => record.requestId).sort()).toEqual(
          books.records.map(({ requestId }) => requestId).sort(),
        );
        expect(new Set(kept.map(({ id }) => id)).size).toBe(kept.length);
        for (const { record } of kept) checkSums(record);
        expect(heard.over).toBe(heard.begun);
        expect(hub.stats.now().inFlight).toBe(0);
        expect(clock.pending).toBe(0);
      },
    ),
    { numRuns: RUNS },
  );
}, 240_000);
