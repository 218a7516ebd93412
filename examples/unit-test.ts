/**
 * Testing your own code against a hub: no network, no key, no waiting. `summarise` stands for your code. Run it with
 * `npx tsx examples/unit-test.ts`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isNexusError, NexusHub } from 'nexusai-hub';
import { chunkOf, manualClock, scriptedProvider } from 'nexusai-hub/testing';

/** Your code: it shows what has arrived, and says so when the rest is missing. */
async function summarise(hub: NexusHub, text: string): Promise<string> {
  let summary = '';
  try {
    const messages = [{ role: 'user' as const, content: `Summarise: ${text}` }];
    const stream = await hub.chat.completions.create({ model: 'small', messages, stream: true });
    for await (const chunk of stream) summary += chunk.choices[0]?.delta.content ?? '';
  } catch (error) {
    if (!isNexusError(error)) throw error;
    return `${summary} (unfinished: ${error.code})`.trim();
  }
  return summary;
}

await test('a failing provider is not noticed', async () => {
  const main = scriptedProvider({ throws: 'provider_unavailable' });
  const spare = scriptedProvider({ says: 'Short.' });
  const hub = new NexusHub({
    providers: { main, spare },
    models: { small: ['main', { provider: 'spare', weight: 0 }] },
  });

  assert.equal(await summarise(hub, 'Long.'), 'Short.');
  assert.equal(main.calls.length, 1);
  assert.equal(spare.calls[0]?.request.messages[0]?.content, 'Summarise: Long.');
});

await test('an answer that falls silent is shown as far as it came', async () => {
  const clock = manualClock();
  const main = scriptedProvider({ streams: [{ yields: chunkOf({ content: 'Sho' }) }, { hangs: 'until aborted' }] });
  const hub = new NexusHub({ providers: { main }, timeouts: { idleMs: 60_000 }, clock });

  const summary = summarise(hub, 'Long.');
  await clock.advance(60_000);

  assert.equal(await summary, 'Sho (unfinished: stream_idle)');
  assert.equal(main.calls[0]?.ended, 'threw');
  assert.equal(hub.stats.now().inFlight, 0);
});
