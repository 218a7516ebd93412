import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Files of the library that say one of these words; what is published for tests waits for its own reasons. */
function filesWith(words: RegExp): string[] {
  return ['src', 'adapters']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && !file.startsWith('src/testing/'))
    .filter((file) => words.test(readFileSync(join(root, file), 'utf8')))
    .sort();
}

it('S13: nothing in the path of an answer sleeps', () => {
  expect(filesWith(/\bset(Timeout|Interval)\(|timers\/promises|\b(sleep|delay)\(/)).toEqual(['src/defaults/clock.ts']);
});

it('S13: only these ask the clock for a call later, and none of them holds back a chunk', () => {
  expect(filesWith(/\.schedule\(/)).toEqual([
    'adapters/providers/demo/paced-stream.ts', // a demo that comes as fast as one reads
    'src/defaults/flow-control.ts', // the longest wait for a place
    'src/http/node-exchange.ts', // how long a refused client may go on sending
    'src/http/sse.ts', // comments on silent streams
    'src/hub.ts', // how long closing may take
    'src/provider-kit/event-stream.ts', // how long a body may take to end after its [DONE]
    'src/visit.ts', // the pause before a repeat, and the timeout of a call: both with nothing delivered yet
    'src/watchdog.ts', // time limits
  ]);
});
