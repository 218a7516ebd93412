import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CODES } from 'nexusai-hub';
import type { NexusErrorCode } from 'nexusai-hub';
import type { Target, Ticket } from 'nexusai-hub/ports';
import { LONGEST_PROBE_MS } from '../../src/defaults/circuit.ts';
import { LONGEST_TOLD_MS } from '../../src/errors.ts';
import { errorOf, OPTIONS, type Process, processWith, targetOf } from './circuit-set-up.ts';

const TARGETS = [targetOf('a', 'x'), targetOf('b', 'x'), targetOf('a', 'y'), targetOf('b')];
const CODE_NAMES = Object.keys(CODES) as NexusErrorCode[];

const HOWS = ['succeed', 'abandon', 'down', 'key', 'key', 'key', 'told'] as const;

/** What may happen next. Numbers choose among what there is. */
type Step =
  | { readonly kind: 'enter'; readonly target: number; readonly insist: boolean }
  | { readonly kind: 'settle'; readonly ticket: number; readonly how: (typeof HOWS)[number] }
  | { readonly kind: 'answer'; readonly ticket: number }
  | { readonly kind: 'fail'; readonly ticket: number; readonly code: NexusErrorCode }
  | { readonly kind: 'wait'; readonly ms: number };

const target = fc.nat({ max: TARGETS.length - 1 });
const ticket = fc.nat({ max: 9 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('enter' as const), target, insist: fc.constant(false) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('enter' as const), target, insist: fc.constant(true) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      ticket,
      how: fc.constantFrom(...HOWS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('answer' as const), ticket }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fail' as const), ticket, code: fc.constantFrom(...CODE_NAMES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      // Mostly as long as a circuit is open, so that many are half-open; at times as long as a probe may take.
      ms: fc.oneof(
        { weight: 6, arbitrary: fc.constant(OPTIONS.retryAfterMs) },
        { weight: 1, arbitrary: fc.constantFrom(1, 700, LONGEST_PROBE_MS) },
        { weight: 1, arbitrary: fc.nat({ max: 90_000 }) },
      ),
    }),
  },
);

/** The circuits of these targets by their ids. */
function circuitsOf({ id, model, keyId = '' }: Target): string[] {
  return [...new Set([`p/${model}`, id, `p#${keyId}`])];
}

/** Circuits that are half-open now. */
function halfOpen({ circuit }: Process): Set<string> {
  return new Set((circuit.list?.() ?? []).filter(({ state }) => state.kind === 'half-open').map(({ id }) => id));
}

function settle(held: Ticket, taken: Extract<Step, { kind: 'settle' | 'fail' }>): void {
  if (taken.kind === 'fail') held.fail(errorOf(taken.code));
  else if (taken.how === 'down') held.fail(errorOf('stream_interrupted'));
  else if (taken.how === 'key') held.fail(errorOf('provider_denied', { providerStatus: 401 }));
  else if (taken.how === 'told') held.fail(errorOf('provider_rate_limited', { retryAfterMs: 1_500 }));
  else held[taken.how]();
}

it('whatever happens: one probe at most, tickets count once, and nobody is shut out past the time that was told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const process = processWith();
      const { circuit, clock } = process;
      const open: Ticket[] = [];
      /** When the probes began that circuits have under way. */
      const probed = new Map<string, number>();
      for (const taken of steps) {
        if (taken.kind === 'wait') await clock.advance(taken.ms);
        else if (taken.kind === 'answer') open[taken.ticket % Math.max(1, open.length)]?.answers?.();
        else if (taken.kind === 'enter') {
          const chosen = TARGETS[taken.target] ?? targetOf('a');
          const probes = circuitsOf(chosen).filter((id) => halfOpen(process).has(id));
          const { kind } = circuit.state(chosen);
          const entered = circuit.enter(chosen, taken.insist);
          if (taken.insist || kind === 'closed') expect(entered).toBeDefined();
          else if (kind === 'open') expect(entered).toBeUndefined();
          if (entered) open.push(entered);
          if (!taken.insist && entered) for (const id of probes) expect(probed.has(id)).toBe(false);
          if (entered) for (const id of probes) probed.set(id, clock.now());
        } else {
          const [held] = open.splice(taken.ticket % Math.max(1, open.length), 1);
          if (held) settle(held, taken);
          await clock.advance(0);
          const before = circuit.list?.();
          for (let again = 0; again < 5; again++) held?.fail(errorOf('provider_unavailable'));
          held?.succeed();
          await clock.advance(0);
          expect(circuit.list?.()).toEqual(before);
        }
        for (const [id, begunAt] of probed)
          if (!halfOpen(process).has(id) || clock.now() - begunAt >= LONGEST_PROBE_MS) probed.delete(id);
        for (const each of TARGETS) {
          const state = circuit.state(each);
          if (state.kind === 'open') expect(state.retryAtMs).toBeGreaterThan(clock.now());
          else if (state.kind === 'closed') expect(circuit.state(each)).toEqual({ kind: 'closed' });
        }
      }
      for (const each of TARGETS) await expectReachable(process, each);
    }),
    { numRuns: 300 },
  );
});

/** Waiting as long as is told, a few times, leads to an attempt, whatever else is under way. */
async function expectReachable({ circuit, clock }: Process, wanted: Target): Promise<void> {
  for (let time = 0; time < 6; time++) {
    const state = circuit.state(wanted);
    if (state.kind === 'open') {
      expect(state.retryAtMs - clock.now()).toBeLessThanOrEqual(LONGEST_TOLD_MS);
      await clock.advance(state.retryAtMs - clock.now());
      expect(circuit.state(wanted)).not.toEqual(state);
    }
    const entered = circuit.enter(wanted);
    if (entered) {
      entered.succeed();
      await clock.advance(0);
      return;
    }
    // Its probe is under way, or hangs.
    await clock.advance(LONGEST_PROBE_MS);
  }
  throw new Error(`${wanted.id} was never let in.`);
}
