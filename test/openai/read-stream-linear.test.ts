import { expect, it } from 'vitest';
import { EventReader } from '../../src/openai/read-stream.ts';

const EVENT = `data: {"choices":[{"index":0,"delta":{"content":"${'x'.repeat(140)}"}}]}\n\n`;

/** Streams of about `size` bytes that have tempted readers into quadratic time. */
const STREAMS: Record<string, (size: number) => string> = {
  'LF lines': (size) => EVENT.repeat(size / 200),
  'CRLF lines': (size) => EVENT.replaceAll('\n', '\r\n').repeat(size / 200),
  'CR lines': (size) => EVENT.replaceAll('\n', '\r').repeat(size / 200),
  'LF lines and one CR at the end': (size) => `${EVENT.repeat(size / 200)}\r`,
  'one event': (size) => `data: ${'x'.repeat(size)}\n\n`,
  'one event of many lines': (size) => `${'data: xxxxxxxx\n'.repeat(size / 15)}\n`,
  'JSON without data: on many lines': (size) => `{\n${`"${'x'.repeat(95)}":{}\n`.repeat(size / 100)}}\n`,
};

/**
 * Time grows sixteen times when the stream does; quadratic it would grow 256 times. The gap is so wide that neither a
 * busy machine nor the garbage collector can make a test fail.
 */
for (const [name, make] of Object.entries(STREAMS)) {
  for (const pieceSize of [Number.MAX_SAFE_INTEGER, 64, 1]) {
    const bytes = pieceSize === 1 ? 10_000 : 150_000;
    it(`S15: ${name} in pieces of ${pieceSize === Number.MAX_SAFE_INTEGER ? 'any' : pieceSize} bytes: linear`, () => {
      const small = Buffer.from(make(bytes));
      const large = Buffer.from(make(bytes * 16));
      costOf(small, pieceSize);
      expect(costOf(large, pieceSize) / costOf(small, pieceSize)).toBeLessThan(150);
    });
  }
}

/** Milliseconds of CPU, the best of five. */
function costOf(bytes: Buffer, pieceSize: number): number {
  const costs = Array.from({ length: 5 }, () => {
    const begin = process.cpuUsage();
    const reader = new EventReader();
    for (let at = 0; at < bytes.length; at += pieceSize) reader.push(bytes.subarray(at, at + pieceSize));
    reader.end();
    const { user, system } = process.cpuUsage(begin);
    return (user + system) / 1000;
  });
  return Math.max(Math.min(...costs), 0.2);
}
