import fc from 'fast-check';
import type { Gateway } from 'nexusai-hub/http';
import { NexusError, NexusHub } from 'nexusai-hub';
import { manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { LoadShedder } from '../../src/defaults/load-shedder.ts';
import { silentLogger } from '../../src/defaults/logger.ts';
import type { Admission } from '../../src/door.ts';
import { Door } from '../../src/door.ts';
import { TRANSPORTS } from '../http/transports.ts';
import { failureOf } from '../request-path/harness.ts';

const load = { heapBytes: 0, heapLimitBytes: 1_000, rssBytes: 0, rssLimitBytes: Infinity, loopDelayMs: 0 };
const anybody = { identify: () => ({ id: 'anybody', role: 'user' as const }) };

/** A door to a house of ten, with a heap of 1000 bytes, of which bodies take twice their length. */
function doorTo(travelling: () => number): Door {
  const limits = { maxInFlight: 10, maxHeapShare: 0.8 };
  return new Door(new LoadShedder(limits, () => load, manualClock(), silentLogger), () => anybody, travelling);
}

const arrival = { credentials: { via: 'http' as const }, bodyBytes: 0 };

describe('the door', () => {
  it('C4: counts each request once, whether it arrives or travels, and forgets it when it is over', () => {
    const step = fc.record({ what: fc.constantFrom('come', 'come', 'begin', 'end', 'fail'), which: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 120 }), (steps) => {
        const arriving: Admission[] = [];
        const travelling: Admission[] = [];
        const door = doorTo(() => travelling.length);
        for (const { what, which } of steps) {
          const inside = arriving.length + travelling.length;
          if (what === 'come') {
            if (inside >= 10) expect(() => door.admit(arrival)).toThrow(NexusError);
            else arriving.push(door.admit(arrival) as Admission);
          } else if (what === 'begin') {
            const [one] = arriving.splice(which, 1);
            one?.begins();
            if (one) travelling.push(one);
          } else {
            const [one] = (what === 'end' ? travelling : arriving).splice(which, 1);
            one?.release();
            one?.release();
          }
        }
      }),
    );
  });

  it('counts bodies as they grow, turns away the one that is too much, and gets its bytes back', async () => {
    const door = doorTo(() => 0);
    const first = await door.admit({ ...arrival, bodyBytes: 300 });
    const second = await door.admit(arrival);
    second.holds(50);
    expect(() => second.holds(100)).toThrow(/too much to do/);
    expect(() => door.admit({ ...arrival, bodyBytes: 1 })).toThrow(/too much to do/);
    second.release();
    (await door.admit({ ...arrival, bodyBytes: 50 })).release();
    first.release();
    (await door.admit({ ...arrival, bodyBytes: 350 })).release();
    expect(door.shed).toBe(2);
  });

  it('lets nobody in whose key is not known, once it asks', async () => {
    const nobody = { identify: () => Promise.reject(new NexusError('unauthenticated', 'Who?')) };
    const shedder = new LoadShedder({ maxInFlight: 10, maxHeapShare: 0.8 }, () => load, manualClock(), silentLogger);
    const door = new Door(
      shedder,
      () => nobody,
      () => 9,
    );
    expect(await failureOf(Promise.resolve(door.admit(arrival)))).toMatchObject({ code: 'unauthenticated' });
  });
});

describe.each(TRANSPORTS)('a body of unknown length over $name', (transport) => {
  it('is not read on once there is no room for more of it', async () => {
    const hub = new NexusHub({ providers: { main: scriptedProvider({ says: 'ok' }) } });
    const seen = { bytes: 0, released: 0 };
    const admit = (): Admission => ({
      holds(bytes) {
        seen.bytes = bytes;
        if (bytes > 200_000) throw new NexusError('overloaded', 'No room.', { retryAfterMs: 1_000 });
      },
      begins: () => undefined,
      release() {
        seen.released++;
      },
    });
    const gateway: Gateway = {
      isReady: true,
      open: (call) => hub.open(call),
      authorize: (...asked) => hub.authorize(...asked),
      listModels: (caller) => hub.listModels(caller),
      circuitsFor: (caller) => hub.circuitsFor(caller),
      configFor: (caller) => hub.configFor(caller),
      conversationsFor: (caller) => hub.conversationsFor(caller),
      backupsFor: (caller) => hub.backupsFor(caller),
      keysFor: (caller) => hub.keysFor(caller),
      vaultFor: (caller) => hub.vaultFor(caller),
      views: hub.views,
      auditViews: hub.auditViews,
      explainCall: (call) => hub.explainCall(call),
      admit,
    };
    const served = await transport.serve(gateway);
    const pieces = Array<string>(40).fill('x'.repeat(16_384));
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const piece = pieces.pop();
        if (piece === undefined) controller.close();
        else controller.enqueue(Buffer.from(piece));
      },
    });
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body, duplex: 'half' } as const;
    const response = await served.fetch(`${served.url}/v1/chat/completions`, init);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(seen.bytes).toBeLessThan(400_000);
    await response.text();
    await served.close();
    await hub.close({ drainMs: 0 });
    expect(seen.released).toBe(1);
  });
});
