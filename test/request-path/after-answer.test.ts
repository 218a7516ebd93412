import { expect, it } from 'vitest';
import { scriptedProvider } from 'nexusai-hub/testing';
import { recordingLogger } from '../data/recording-logger.ts';
import { keepBooks } from './books.ts';
import { harness, PLAIN } from './harness.ts';

it.each<[how: string, fails: () => void]>([
  ['throw', () => { throw new Error('away'); }], // prettier-ignore
  ['reject', () => Promise.reject(new Error('away')) as never],
])('L2: sinks and leases that %s fail no answer, and no sink after them', async (_how, fails) => {
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
