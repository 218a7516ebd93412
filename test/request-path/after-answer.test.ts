import { expect, it } from 'vitest';
import type { Lease } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { recordingLogger } from '../data/recording-logger.ts';
import { keepBooks } from './books.ts';
import { failureOf, harness, PLAIN } from './harness.ts';

const FAILING: [how: string, fails: () => void][] = [
  ['throw', () => { throw new Error('away'); }], // prettier-ignore
  ['reject', () => Promise.reject(new Error('away')) as never],
];

it.each(FAILING)('L2: sinks and leases that %s fail no answer, and no sink after them', async (_how, fails) => {
  const { logger, lines } = recordingLogger();
  const books = keepBooks();
  const { hub } = harness(
    { a: scriptedProvider({ says: 'Hello' }) },
    {
      limiter: { acquire: () => ({ settle: () => fails() }) },
      statsSinks: [{ record: () => fails() }, books.sink],
      logger,
    },
  );
  expect((await hub.chat.completions.create(PLAIN)).choices[0]?.message.content).toBe('Hello');
  // A rejection that nobody has heard by now would end the process.
  await new Promise(setImmediate);
  expect(books.records).toHaveLength(1);
  expect(lines.map(([level, message, { cause }]) => [level, message, cause])).toEqual([
    ['error', 'a part failed after the answer', new Error('away')],
    ['error', 'a part failed after the answer', new Error('away')],
  ]);
  await hub.close();
});

it.each(FAILING)('L2: leases that come when their caller has left, and %s, end no process', async (_how, fails) => {
  const { logger, lines } = recordingLogger();
  let give: () => void = () => undefined;
  const acquire = () => new Promise<Lease>((resolve) => (give = () => resolve({ settle: () => fails() })));
  const { hub } = harness({ a: scriptedProvider({ says: 'Hello' }) }, { limiter: { acquire }, logger });
  const leaving = new AbortController();
  const failure = failureOf(hub.chat.completions.create(PLAIN, { signal: leaving.signal }));
  await new Promise(setImmediate);
  leaving.abort();
  expect(await failure).toMatchObject({ code: 'cancelled' });
  give();
  await new Promise(setImmediate);
  expect(lines.map(([level, , { cause }]) => [level, cause])).toEqual([['error', new Error('away')]]);
  await hub.close();
});
