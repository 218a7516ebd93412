import type * as ZlibModule from 'node:zlib';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { NexusHub } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { expect, it, vi } from 'vitest';

import { Places } from '../../src/http/places.ts';
import { json } from './transports.ts';

const unpacking = vi.hoisted(() => ({ now: 0, most: 0, all: 0 }));

vi.mock('node:zlib', async (original) => {
  const zlib = await original<typeof ZlibModule>();
  const gunzip = (bytes: Buffer, options: object, done: (cause: Error | null, result: Buffer) => void): void => {
    unpacking.all++;
    unpacking.most = Math.max(unpacking.most, ++unpacking.now);
    zlib.gunzip(bytes, options, (cause, result) => {
      unpacking.now--;
      done(cause, result);
    });
  };
  return { ...zlib, gunzip };
});

it('few bodies are unpacked at once, and each gets its turn, also after one that cannot be', async () => {
  const hub = new NexusHub({
    providers: { main: scriptedProvider({ says: 'Hi' }, { models: ['m'] }) },
    tokenCounter: { count: () => Promise.resolve({ tokens: 1, exact: false }) },
  });
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'x'.repeat(1_000_000) }] });
  const good = { ...json({}, { 'content-encoding': 'gzip' }), body: gzipSync(body) };
  const broken = { ...good, body: gzipSync(body).subarray(0, 100) };
  const bomb = { ...good, body: gzipSync(Buffer.alloc(40 << 20)) };
  const asked = [broken, good, bomb, good, good, broken, good, good, good, good, good, good];
  const answers = await Promise.all(asked.map((init) => hub.fetch('http://hub/v1/chat/completions', init)));
  expect(answers.map(({ status }) => status)).toEqual(
    asked.map((init) => (init === good ? 200 : init === bomb ? 413 : 400)),
  );
  expect(unpacking).toEqual({ now: 0, most: 2, all: asked.length });
});

it('places: never more than there are, in order, and none is lost by whoever leaves', async () => {
  const came = fc.record({ leavesBefore: fc.boolean(), leavesWaiting: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(came, { maxLength: 20 }), async (count, callers) => {
      const places = new Places(count);
      const entered: number[] = [];
      let inside = 0;
      const visits = callers.map(async ({ leavesBefore, leavesWaiting }, place) => {
        const controller = new AbortController();
        if (leavesBefore) controller.abort();
        const taking = places.take(controller.signal);
        if (leavesWaiting) controller.abort();
        await taking;
        expect(++inside).toBeLessThanOrEqual(count);
        entered.push(place);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        places.giveBack();
      });
      const results = await Promise.allSettled(visits);
      const refused = results.flatMap(({ status }, place) => (status === 'rejected' ? [place] : []));
      const stayed = callers.flatMap(({ leavesBefore, leavesWaiting }, place) =>
        leavesBefore || leavesWaiting ? [] : [place],
      );
      expect(entered).toEqual([...entered].sort((one, other) => one - other));
      expect(entered).toEqual(expect.arrayContaining(stayed));
      expect(entered.length + refused.length).toBe(callers.length);
      for (let place = 0; place < count; place++) await places.take(new AbortController().signal);
    }),
    { numRuns: 50 },
  );
});
