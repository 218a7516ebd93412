import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Sleeping, whatever it is done with. */
const SLEEPS = /\bset(Timeout|Interval)\b|timers\/promises|\b(sleep|delay)\s*\(/;
/** Asking a clock for a call later: as a method, on this line or the next, or taken out of the clock first. */
const SCHEDULES = /\.\s*schedule\b|[{,]\s*schedule\s*[,:}]/;

/** Files of the library whose code says one of these words; what is published for tests waits for its own reasons. */
function filesWith(words: RegExp): string[] {
  return ['src', 'adapters']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith('.ts') && !file.startsWith('src/testing/'))
    .filter((file) => words.test(codeOf(readFileSync(join(root, file), 'utf8'))))
    .sort();
}

/** The text without its comments. */
function codeOf(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(^|\s)\/\/.*$/gm, '');
}

it.each([
  ['clock.schedule(5, run)', SCHEDULES, true],
  ['context.clock\n  .schedule(\n    5,', SCHEDULES, true],
  ['this.#clock?.schedule(5, run)', SCHEDULES, true],
  ['const later = clock.schedule;', SCHEDULES, true],
  ['const { now, schedule } = clock;', SCHEDULES, true],
  ['const { schedule: later } = clock;', SCHEDULES, true],
  ['// clock.schedule(5, run)', SCHEDULES, false],
  ['/** See `Clock.schedule(5)`. */', SCHEDULES, false],
  ['schedule(delayMs: number): Timer;', SCHEDULES, false],
  ['setTimeout(run, 5)', SLEEPS, true],
  ['promisify(setTimeout)', SLEEPS, true],
  ['await sleep (5)', SLEEPS, true],
  ['setImmediate(run)', SLEEPS, false],
])('the search sees %j as it is', (text, words, isFound) => {
  expect(words.test(codeOf(text))).toBe(isFound);
});

it('S13: nothing in the path of an answer sleeps', () => {
  expect(filesWith(SLEEPS)).toEqual([
    'adapters/storage/postgres/connect.ts', // how long a server may take to let go of its connections when it is closed
    'adapters/storage/postgres/replica.ts', // how long a replica may take to say how far behind it is
    'adapters/storage/redis/cluster-connection.ts', // the pause before it looks for a node again; commands are refused then
    'adapters/storage/redis/heartbeat.ts', // the next sign of life of a process, which nobody waits for
    'adapters/storage/redis/quota.ts', // how long the last words may take when the hub closes
    'adapters/storage/sqlite/open-database.ts', // the wait for another process that opens the same file
    'src/defaults/clock.ts', // what all others ask
  ]);
});

it('S13: only these ask the clock for a call later, and none of them holds back a chunk', () => {
  expect(filesWith(SCHEDULES)).toEqual([
    'adapters/providers/demo/paced-stream.ts', // a demo that comes as fast as one reads
    'src/at-most.ts', // how long one waits for another's work, such as closing
    'src/bookkeeping/ledger-writer.ts', // how long a record may take to be written, at the end of an answer and of a process
    'src/bookkeeping/patience.ts', // how long an answer of a ledger is waited for
    'src/bookkeeping/pause.ts', // the pause before a ledger that failed is tried again
    'src/control/keys/last-uses.ts', // when it is written that keys were used
    'src/control/vault/limited-key.ts', // how long the service of a master key is waited for
    'src/data/archive-entries.ts', // the pauses of retention, which leave the ledger to the requests
    'src/data/repeated-task.ts', // when backups and retention run next
    'src/defaults/after-work.ts', // work that may wait until nothing else is due
    'src/defaults/first-answers.ts', // the longest wait for what a model costs, before anything is asked
    'src/defaults/flow-control.ts', // the longest wait for a place
    'src/defaults/guarded-quota.ts', // how long a quota may take to decide, and when one that is away is tried again
    'src/defaults/paced-flow-control.ts', // when the pace has room for one who waited for a place
    'src/drain.ts', // how long calls in flight may take when the hub closes
    'src/http/node-exchange.ts', // how long a refused client may go on sending, and any client may leave its answer untaken
    'src/http/sse.ts', // comments on silent streams
    'src/live-counting.ts', // how long news wait before other processes are told
    'src/live-stats.ts', // the next look of those who watch
    'src/pause-of.ts', // the pause before a repeat, with nothing delivered yet
    'src/provider-kit/event-stream.ts', // how long a body may take to end after its [DONE]
    'src/provider-kit/single-flight-token.ts', // how long one waits for a token, before anything is asked
    'src/provider-kit/upstream-guard.ts', // how long a name is looked up beside a proxy, before anything is asked
    'src/race.ts', // when another target is asked beside one that is slow; the slow one goes on
    'src/remembered-answers.ts', // how long an answer is remembered for those who repeat their request
    'src/reported-models.ts', // how long a provider may take to tell its models, which no answer waits for
    'src/visit.ts', // the timeout of a call, with nothing delivered yet
    'src/watch.ts', // time limits
  ]);
});
