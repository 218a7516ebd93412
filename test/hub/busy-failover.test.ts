import { expect, it } from 'vitest';
import { isNexusError, NexusHub } from 'nexusai-hub';
import type { Provider } from 'nexusai-hub/ports';
import { completionOf, manualClock } from 'nexusai-hub/testing';

const REQUEST = { model: 'm', messages: [{ role: 'user' as const, content: 'Hello' }] };

/** A provider that answers until it is told to die. */
function mortal(): { readonly provider: Provider; readonly calls: { afterDeath: number }; die(): void } {
  let isDead = false;
  const calls = { afterDeath: 0 };
  return {
    calls,
    die() {
      isDead = true;
    },
    provider: {
      kind: 'mortal',
      async open() {
        if (!isDead) return completionOf('Hello');
        calls.afterDeath++;
        throw new Error('connect ECONNREFUSED');
      },
    },
  };
}

it.each([2, 3])('B1: one of %d busy providers dies: nobody sees it, and it is left alone at once', async (count) => {
  const clock = manualClock();
  const actors = Array.from({ length: count }, mortal);
  const providers = Object.fromEntries(actors.map(({ provider }, place) => [`p${String(place)}`, provider]));
  const hub = new NexusHub({ providers, clock, routing: { strategy: 'round-robin' } });
  const codes: unknown[] = [];
  const askFor = async (seconds: number): Promise<void> => {
    for (let tick = 0; tick < seconds * 500; tick++) {
      const asked = hub.chat.completions.create(REQUEST);
      void asked.catch((error: unknown) => codes.push(isNexusError(error) ? error.code : error));
      await clock.advance(2);
    }
  };
  await askFor(10);
  actors[0]?.die();
  await askFor(9);
  expect(codes).toEqual([]);
  expect(actors[0]?.calls.afterDeath).toBe(5);
  await hub.close();
});
