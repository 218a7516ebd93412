import { expect, it } from 'vitest';
import type { CircuitState } from 'nexusai-hub/ports';
import { CLOSED, shouldOpen, stricter } from '../../src/defaults/circuit-rule.ts';

it.each([
  [{ failures: 2, successes: 0, inARow: 2 }, false],
  [{ failures: 3, successes: 0, inARow: 1 }, true],
  [{ failures: 3, successes: 3, inARow: 1 }, true],
  [{ failures: 3, successes: 4, inARow: 2 }, false],
  [{ failures: 3, successes: 400, inARow: 3 }, true],
  [{ failures: 2, successes: 0, inARow: 9 }, false],
])('shouldOpen: %o -> %s', (counts, opens) => {
  expect(shouldOpen(counts, { failures: 3, failureRate: 0.5 })).toBe(opens);
});

const closed: CircuitState = { kind: 'closed' };
const halfOpen: CircuitState = { kind: 'half-open' };
const open = (retryAtMs: number): CircuitState => ({ kind: 'open', retryAtMs, why: 'failures' });

it.each<[CircuitState[], CircuitState]>([
  [[], closed],
  [[closed, halfOpen], halfOpen],
  [[halfOpen, open(1), closed], open(1)],
  [[open(1), open(3), open(2)], open(3)],
  [[open(5), halfOpen], open(5)],
])('the strictest of %j is %j', (states, wanted) => {
  expect(states.reduce(stricter, CLOSED)).toEqual(wanted);
});
