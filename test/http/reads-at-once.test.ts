import { NexusHub } from 'nexusai-hub';
import { createFetch } from 'nexusai-hub/http';
import { chunkOf, gate, manualClock, scriptedProvider, type StreamStep } from 'nexusai-hub/testing';
import { expect, it } from 'vitest';

import { readEvents } from './events.ts';
import { json } from './transports.ts';

const CHAT = 'http://hub/v1/chat/completions';
const STREAM = json({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], stream: true });

function hubOf(streams: readonly StreamStep[]): NexusHub {
  return new NexusHub({
    providers: { main: scriptedProvider({ streams }, { models: ['m'] }) },
    tokenCounter: { count: () => Promise.resolve({ tokens: 1, exact: false }) },
  });
}

it.each([1, 2, 8, 30])('%i reads under way at once all come to an end', async (readers) => {
  const gates = Array.from({ length: 10 }, gate);
  const hub = hubOf([
    { yields: chunkOf({ role: 'assistant', content: 'x' }) },
    ...gates.flatMap((door): StreamStep[] => [{ waitsFor: door.opened }, { yields: chunkOf({ content: 'x' }) }]),
    { yields: chunkOf({ finish: 'stop' }) },
  ]);
  const { body } = await hub.fetch(CHAT, STREAM);
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  for (const door of gates) door.open();
  let text = '';
  for (let isDone = false; !isDone;) {
    const reads = await Promise.all(Array.from({ length: readers }, () => reader.read()));
    for (const { value = '' } of reads) text += value;
    isDone = reads.some(({ done }) => done);
  }
  expect(readEvents(text)).toMatchObject({ text: 'x'.repeat(11), done: true });
});

it('S7: eight reads under way before anything is written are all answered', async () => {
  const gates = Array.from({ length: 10 }, gate);
  const hub = hubOf([
    { yields: chunkOf({ role: 'assistant', content: 'x' }) },
    ...gates.flatMap((door): StreamStep[] => [{ waitsFor: door.opened }, { yields: chunkOf({ content: 'x' }) }]),
    { yields: chunkOf({ finish: 'stop' }) },
  ]);
  const reader = (await hub.fetch(CHAT, STREAM)).body!.getReader();
  const reads = Array.from({ length: 8 }, () => reader.read());
  for (const door of gates) {
    door.open();
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const { done, value } of await Promise.all(reads)) expect([done, value?.length]).not.toEqual([false, 0]);
  await reader.cancel();
  expect(hub.stats.now().inFlight).toBe(0);
});

it('a reader that takes a comment and nothing more is given up like any other', async () => {
  const clock = manualClock();
  const hub = hubOf([{ yields: chunkOf({ role: 'assistant', content: 'x' }) }, { hangs: 'until aborted' }]);
  const reader = (await createFetch(hub, { clock })(CHAT, STREAM)).body!.getReader();
  // The third takes the first comment; nobody asks for the second.
  const reads = [reader.read(), reader.read(), reader.read()];
  await clock.advance(30_000);
  await Promise.race([Promise.all(reads), clock.advance(0)]);
  await clock.advance(600_000);
  expect(hub.stats.now().inFlight).toBe(0);
  expect(clock.pending).toBe(0);
});
