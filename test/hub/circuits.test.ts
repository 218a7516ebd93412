import { describe, expect, it } from 'vitest';
import { memoryStore, NexusHub } from 'nexusai-hub';
import type { NexusHubOptions } from 'nexusai-hub';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { failureOf, PLAIN } from '../request-path/harness.ts';

const circuit = { failures: 1, retryAfterMs: 5_000 };
const routing = { maxAttempts: 1 };

/** A hub whose provider is down, on time that stands still. */
function downHub(changes: Partial<NexusHubOptions> = {}): {
  readonly hub: NexusHub;
  readonly main: ReturnType<typeof scriptedProvider>;
} {
  const main = scriptedProvider({ throws: 'provider_unavailable' });
  const hub = new NexusHub({ providers: { main }, circuit, routing, clock: manualClock(), ...changes });
  return { hub, main };
}

describe('hub.circuits', () => {
  it('B4: shows them, holds them and lets them go', async () => {
    const { hub, main } = downHub();
    expect(await hub.circuits.list()).toEqual([]);
    await failureOf(hub.chat.completions.create(PLAIN));
    expect(await hub.circuits.list()).toMatchObject([
      { id: 'main#', state: { kind: 'closed' } },
      { id: 'main/m', state: { kind: 'open', why: 'failures' }, failures: 1 },
    ]);
    expect(await hub.circuits.close('main/m')).toMatchObject({ state: { kind: 'closed' }, held: 'closed' });
    for (let time = 0; time < 3; time++) await failureOf(hub.chat.completions.create(PLAIN));
    expect(main.calls.length).toBe(4);
    expect(await hub.circuits.open('main#')).toMatchObject({ state: { kind: 'open', why: 'forced' }, held: 'open' });
    const refused = await failureOf(hub.chat.completions.create(PLAIN));
    expect(refused).toMatchObject({
      code: 'no_target',
      details: { tried: [{ target: 'main/m', code: 'circuit_open' }] },
    });
    expect(await hub.circuits.auto('main#')).toMatchObject({ state: { kind: 'closed' }, held: undefined });
    await failureOf(hub.chat.completions.create(PLAIN));
    expect(main.calls.length).toBe(5);
  });

  it.each(['main/x', 'main#'])(
    'B4: holds the circuit %s of a configured target that nobody has asked yet',
    async (id) => {
      const { hub, main } = downHub({ models: { m: { provider: 'main', model: 'x' } } });
      expect(await hub.circuits.open(id)).toMatchObject({ id, state: { kind: 'open', why: 'forced' }, held: 'open' });
      expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'no_target' });
      expect(main.calls).toHaveLength(0);
      expect(await failureOf(hub.circuits.open('main/m'))).toMatchObject({ code: 'not_found' });
    },
  );

  it('B4: holds the circuit of a target whose route is for few requests', async () => {
    const when = { metadata: { tier: 'gold' } };
    const { hub } = downHub({ models: { m: { provider: 'main', model: 'x', when } } });
    expect(await hub.circuits.close('main/x')).toMatchObject({ held: 'closed' });
  });

  it('says that there is no such circuit', async () => {
    const { hub } = downHub();
    expect(await failureOf(hub.circuits.open('main/m'))).toMatchObject({ code: 'not_found', status: 404 });
  });

  it('goes by the role the authenticator gives this program', async () => {
    const { hub } = downHub({ authenticator: { identify: () => ({ id: 'me', role: 'user' }) } });
    for (const act of [() => hub.circuits.list(), () => hub.circuits.auto('main/m')])
      expect(await failureOf(act())).toMatchObject({ code: 'forbidden' });
  });

  it('has none where the circuit breaker shows none, and says that they cannot be held', async () => {
    const { hub } = downHub({
      circuitBreaker: {
        enter: () => ({ succeed: () => undefined, fail: () => undefined, abandon: () => undefined }),
        state: () => ({ kind: 'closed' }),
      },
    });
    expect(await hub.circuits.list()).toEqual([]);
    expect(await failureOf(hub.circuits.open('main/m'))).toMatchObject({ code: 'operation_unsupported' });
  });

  it('logs who held what', async () => {
    const lines: unknown[] = [];
    const note = (record: object, message: string): void => void lines.push([record, message]);
    const logger = { debug: note, info: note, warn: note, error: note };
    const { hub } = downHub({ logger });
    await failureOf(hub.chat.completions.create(PLAIN));
    await hub.circuits.open('main#');
    expect(lines).toContainEqual([
      { circuit: 'main#', how: 'open', callerId: 'process' },
      'a circuit was held or freed',
    ]);
  });
});

describe('a store', () => {
  it('B2: a hub that starts anew leaves alone what the one before it left alone, until the same time', async () => {
    const clock = manualClock();
    const closed: string[] = [];
    const store = memoryStore(clock);
    const first = downHub({ clock, store: { ...store, close: () => void closed.push('store') } });
    await failureOf(first.hub.chat.completions.create(PLAIN));
    await first.hub.close();
    expect(closed).toEqual(['store']);
    await clock.advance(2_000);

    const second = downHub({ clock, store });
    await clock.advance(0);
    expect(await failureOf(second.hub.chat.completions.create(PLAIN))).toMatchObject({
      code: 'no_target',
      details: { retryAfterMs: 3_000 },
    });
    expect(second.main.calls.length).toBe(0);
    await clock.advance(3_000);
    await failureOf(second.hub.chat.completions.create(PLAIN));
    expect(second.main.calls.length).toBe(1);
    await second.hub.close();
  });

  it('that hangs holds up neither requests nor closing', async () => {
    const clock = manualClock();
    const never = new Promise<never>(() => undefined);
    const store = { get: () => never, set: () => never, delete: () => never, list: () => never, close: () => never };
    const { hub } = downHub({ clock, store });
    expect(await failureOf(hub.chat.completions.create(PLAIN))).toMatchObject({ code: 'provider_unavailable' });
    let isClosed = false;
    void hub.close().then(() => (isClosed = true));
    await clock.advance(10_000);
    expect(isClosed).toBe(true);
  });
});
