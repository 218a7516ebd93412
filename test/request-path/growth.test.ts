import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { ChatStream, NexusError, NexusHub } from 'nexusai-hub';
import type { Provider } from 'nexusai-hub/ports';
import { chunkOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import type { ManualClock, Script } from 'nexusai-hub/testing';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Requests between two looks at the heap, and how many of them run at once. */
const STEP = 8_000;
const AT_ONCE = 100;
/** Looks until what is bounded is full, and looks after that. */
const WARM_STEPS = 2;
const STEPS = 4;
/** Maps of two generations are half full at times, and full at others: over many steps between -7 and +15 of any look. */
const SWING_MB = 20;
/** A hundred bytes for each request, which is less than a name and its entry in a map. */
const GROWTH_MB = (STEPS * STEP * 100) / 1e6;

const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const LIMITED = new NexusError('provider_rate_limited', 'Scripted.', { retryAfterMs: 700 });
const OK: Script = { says: 'Hello', usage: USAGE };
const OUTCOMES: readonly Script[] = [
  ...Array.from({ length: 9 }, () => OK),
  { says: 'Hello' },
  { first: [{ waitsMs: 80 }], then: OK },
  { throws: 'provider_unavailable' },
  { throws: 'provider_denied' },
  { throws: LIMITED },
  { throws: 'provider_rejected' },
  { streams: [{ yields: chunkOf({ content: 'Half' }) }, { throws: 'stream_interrupted' }] },
  { streams: [{ yields: chunkOf({ role: 'assistant', content: '' }) }] },
  { first: [{ hangs: 'until aborted' }], then: OK },
];

/** Chance that is the same in every run. */
function chance(): () => number {
  let state = 42;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

/** A provider of changing moods. It remembers nothing, as a test of memory must not. */
function moody(random: () => number): Provider {
  return {
    kind: 'moody',
    open: (request, context) =>
      scriptedProvider(OUTCOMES[Math.floor(random() * OUTCOMES.length)] ?? OK).open(request, context),
  };
}

/** A hub with everything on that keeps something, for callers that never come twice. */
function busyHub(clock: ManualClock, random: () => number): NexusHub {
  let callers = 0;
  return new NexusHub({
    providers: { one: moody(random), two: moody(random), three: moody(random) },
    clock,
    random,
    routing: { strategy: 'latency', hedge: { minMs: 20 }, continuation: 'marked' },
    timeouts: { firstContentMs: 300, wholeMs: 300, idleMs: 300, unreadMs: 300 },
    limits: { requestsPerSecond: Infinity },
    sessions: { maxActive: 5_000 },
    authenticator: {
      identify: () => ({
        id: `caller-${String(callers++)}`,
        role: 'user',
        requestsPerMinute: 10,
        tokensPerMinute: 1_000,
        maxConcurrent: 3,
      }),
    },
    tokenCounter: { count: (text) => Promise.resolve({ tokens: text.length, exact: false }) },
  });
}

/** A request for a model, of a conversation that nobody has named before; many leave, or leave their stream unread. */
async function ask(hub: NexusHub, clock: ManualClock, random: () => number, count: number): Promise<void> {
  const leaving = new AbortController();
  const how = Math.floor(random() * 6);
  if (how === 0)
    clock.schedule(random() * 100, () => {
      leaving.abort();
    });
  const request = {
    model: random() < 0.5 ? 'usual' : `model-${String(count)}`,
    messages: [{ role: 'user' as const, content: 'Hello' }],
    stream: random() < 0.7,
  };
  const options = { signal: leaving.signal, conversationId: `conversation-${String(count)}` };
  try {
    const answer: unknown = await hub.chat.completions.create(request, options);
    if (!(answer instanceof ChatStream) || how === 1) return;
    for await (const _chunk of answer) if (how === 2) break;
  } catch {
    // How they end is the point of other tests.
  }
}

it('M1, M4: what is kept of models, callers, conversations and targets does not grow with their number', async () => {
  const random = chance();
  const clock = manualClock();
  const hub = busyHub(clock, random);
  const heapMb: number[] = [];
  for (let count = 0; heapMb.length < WARM_STEPS + STEPS;) {
    for (const end = count + STEP; count < end;) {
      let open = AT_ONCE;
      for (let one = 0; one < AT_ONCE; one++)
        void ask(hub, clock, random, count++).finally(() => {
          open--;
        });
      while (open > 0) await clock.advance(500);
    }
    collectGarbage();
    heapMb.push(process.memoryUsage().heapUsed / 1e6);
  }
  const { requests, outcomes, inFlight } = hub.stats.now();
  expect(requests).toBe((WARM_STEPS + STEPS) * STEP);
  for (const outcome of Object.values(outcomes)) expect(outcome).toBeGreaterThan(100);

  const warm = heapMb[WARM_STEPS - 1] ?? 0;
  const later = heapMb.slice(WARM_STEPS);
  expect(Math.max(...later)).toBeLessThan(warm + SWING_MB);
  expect(Math.min(...later.slice(1))).toBeLessThan(warm + GROWTH_MB);

  // Streams that nobody read count as left in time.
  await clock.advance(1_000);
  expect(inFlight).toBeLessThanOrEqual(AT_ONCE);
  expect(hub.stats.now().inFlight).toBe(0);
  await hub.close();
  expect(clock.pending).toBe(0);
}, 120_000);
