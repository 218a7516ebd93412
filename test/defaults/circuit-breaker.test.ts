import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CODES, NexusError } from 'nexusai-hub';
import type { NexusErrorCode } from 'nexusai-hub';
import type { Target } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { opossumCircuit, shouldOpen } from '../../src/defaults/circuit-breaker.ts';
import { systemClock } from '../../src/defaults/clock.ts';

const options = { failures: 3, failureRate: 0.5, windowMs: 10_000, retryAfterMs: 5_000 };
const provider = scriptedProvider({ says: '' });
const target = (id: string): Target => ({ id, providerId: 'p', provider, model: id, weight: 1 });
const down = new NexusError('provider_unavailable', 'Down.');

/** opossum keeps time by itself, so its clock is faked for it. */
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

async function fail(circuit: ReturnType<typeof opossumCircuit>, times: number, error = down, id = 'a'): Promise<void> {
  for (let time = 0; time < times; time++) {
    circuit.enter(target(id))?.fail(error);
    await vi.advanceTimersByTimeAsync(1);
  }
}

describe('opossumCircuit', () => {
  it('opens after enough failures and says until when', async () => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 2);
    expect(circuit.state(target('a')).kind).toBe('closed');
    await fail(circuit, 1);
    expect(circuit.state(target('a'))).toEqual({ kind: 'open', retryAtMs: Date.now() - 1 + 5_000, why: 'failures' });
    expect(circuit.enter(target('a'))).toBeUndefined();
  });

  it('keeps each target apart', async () => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 3);
    expect(circuit.enter(target('b'))).toBeDefined();
  });

  it('B1: opens for a lone target too', async () => {
    const circuit = opossumCircuit(options, systemClock);
    let asked = 0;
    for (let request = 0; request < 20; request++) {
      const ticket = circuit.enter(target('a'));
      if (ticket) asked++;
      ticket?.fail(down);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(asked).toBe(3);
  });

  it('B6: admits exactly one probe of 100 when half-open, and closes when it succeeds', async () => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 3);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(circuit.state(target('a')).kind).toBe('half-open');
    const tickets = Array.from({ length: 100 }, () => circuit.enter(target('a'))).filter((ticket) => ticket);
    expect(tickets.length).toBe(1);
    tickets[0]?.succeed();
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state(target('a')).kind).toBe('closed');
  });

  it.each(['fail', 'abandon'] as const)('opens again when the probe ends with %s', async (verb) => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 3);
    await vi.advanceTimersByTimeAsync(5_000);
    circuit.enter(target('a'))?.[verb](down);
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state(target('a')).kind).toBe('open');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(circuit.enter(target('a'))).toBeDefined();
  });

  it.each(Object.keys(CODES) as NexusErrorCode[])('B5: counts %s only when the provider is at fault', async (code) => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 3, new NexusError(code, 'x'));
    expect(circuit.state(target('a')).kind).toBe(CODES[code].fault === 'provider' ? 'open' : 'closed');
  });

  it('takes an abandoned attempt for nothing', async () => {
    const circuit = opossumCircuit(options, systemClock);
    for (let time = 0; time < 50; time++) circuit.enter(target('a'))?.abandon();
    await fail(circuit, 3);
    expect(circuit.state(target('a')).kind).toBe('open');
  });

  it('does not open for a failure whose attempt began before the window', async () => {
    const circuit = opossumCircuit(options, systemClock);
    const ticket = circuit.enter(target('a'));
    await vi.advanceTimersByTimeAsync(60_000);
    ticket?.fail(down);
    await vi.advanceTimersByTimeAsync(1);
    expect(circuit.state(target('a')).kind).toBe('closed');
  });

  it('M4: remembers a bounded number of targets', async () => {
    const circuit = opossumCircuit(options, systemClock);
    await fail(circuit, 3, down, 'first');
    for (let other = 0; other < 1_000; other++) circuit.enter(target(String(other)))?.succeed();
    expect(circuit.state(target('first')).kind).toBe('closed');
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1_001);
    void circuit.close?.();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it.each([
  [{ failures: 2, successes: 0 }, false],
  [{ failures: 3, successes: 0 }, true],
  [{ failures: 3, successes: 3 }, true],
  [{ failures: 3, successes: 4 }, false],
])('shouldOpen: %o -> %s', (counts, opens) => {
  expect(shouldOpen(counts, options)).toBe(opens);
});
