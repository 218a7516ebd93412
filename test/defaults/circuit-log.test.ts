import { describe, expect, it } from 'vitest';
import { memoryStore } from 'nexusai-hub';
import { manualClock } from 'nexusai-hub/testing';
import { opossumCircuit } from '../../src/defaults/circuit-breaker.ts';
import { A, BAD_KEY, DOWN, errorOf, OPTIONS, processWith, targetOf } from './circuit-set-up.ts';

const OPENED = 'warn: a circuit opened: what it guards keeps failing, and is left alone';
const REFUSED = "warn: a circuit opened: the provider refuses the hub's key, or its quota is used up";
const CLOSED = 'info: a circuit closed: what it guards is well again';

describe('L9: the log tells of circuits that move', () => {
  it('once when one opens, however many probes fail, once when it closes, and anew the next time', async () => {
    const { clock, fail, log, succeed } = processWith();
    await fail(2);
    expect(log).toEqual([]);
    await fail(1);
    expect(log).toEqual([OPENED]);
    for (let probe = 0; probe < 4; probe++) {
      await clock.advance(5_000);
      expect(await fail(5)).toBe(1);
    }
    expect(log).toEqual([OPENED]);
    await clock.advance(5_000);
    await succeed(1);
    expect(log).toEqual([OPENED, CLOSED]);
    await succeed(3);
    await fail(3);
    expect(log).toEqual([OPENED, CLOSED, OPENED]);
  });

  it('of a key that is refused as such', async () => {
    const { fail, log } = processWith();
    await fail(4, BAD_KEY);
    expect(log).toEqual([REFUSED]);
  });

  it('not of a time that a provider told, nor of what speaks against nobody', async () => {
    const { fail, log } = processWith();
    await fail(4, errorOf('provider_rate_limited', { retryAfterMs: 9_000 }));
    await fail(4, errorOf('request_invalid'), targetOf('b'));
    await fail(4, errorOf('cancelled'), targetOf('b'));
    expect(log).toEqual([]);
  });

  it('with what it guards, until when, and what failed last', async () => {
    const clock = manualClock();
    const warned: object[] = [];
    const warn = (record: object) => void warned.push(record);
    const logger = { debug() {}, info() {}, warn, error() {} };
    const circuit = opossumCircuit(OPTIONS, { clock, logger, store: memoryStore(clock) });
    for (const error of [errorOf('stream_idle'), errorOf('stream_idle'), DOWN]) circuit.enter(A)?.fail(error);
    await clock.advance(0);
    const retryAtMs = clock.now() + 5_000;
    expect(warned).toEqual([{ circuit: 'p/a', retryAtMs, code: 'provider_unavailable', cause: DOWN }]);
  });

  it('in the process that saw it alone, and again there after another one has seen it well', async () => {
    const clock = manualClock();
    const store = memoryStore(clock);
    const [one, two] = [processWith(clock, store), processWith(clock, store)];
    const follow = async (): Promise<void> => {
      await clock.advance(1_000);
      for (const { circuit } of [one, two]) circuit.state(A);
      await clock.advance(0);
    };
    await one.fail(3);
    await follow();
    expect(two.circuit.state(A).kind).toBe('open');
    expect([one.log, two.log]).toEqual([[OPENED], []]);

    await clock.advance(5_000);
    await two.succeed(1);
    await follow();
    expect(one.circuit.state(A).kind).toBe('closed');
    expect([one.log, two.log]).toEqual([[OPENED], [CLOSED]]);

    await one.fail(3);
    expect(one.log).toEqual([OPENED, OPENED]);
  });

  it('anew after somebody has held it closed and let it go', async () => {
    const { circuit, fail, log } = processWith();
    await fail(3);
    circuit.hold?.('p/a', 'closed');
    circuit.hold?.('p/a', 'auto');
    await fail(3);
    expect(log).toEqual([OPENED, OPENED]);
  });
});
