import type { Caller } from 'nexusai-hub/ports';
import { manualClock } from 'nexusai-hub/testing';
import { expect, it } from 'vitest';

import { silentLogger } from '../../../src/defaults/logger.ts';
import { memorySessionStore } from '../../../src/defaults/session-store.ts';
import { sessionTracker } from '../../../src/defaults/session-tracker.ts';
import { corpus, EDITS, play, type Tally } from './corpus.ts';

const CALLERS: readonly Caller[] = ['anna', 'bert', 'app'].map((id) => ({ id, role: 'user' }));

/** Edits that leave nothing but a shared greeting to tell one conversation from another cannot always be told. */
const HARDER: ReadonlySet<string> = new Set([
  'regenerated',
  'edited question',
  'answers shortened',
  'summary as a user message',
]);

it(
  'N3: finds the conversations of a corpus, whatever clients do to what they send back',
  { timeout: 60_000 },
  async () => {
    let now = 0;
    const tracker = sessionTracker(
      { idleMs: 1_800_000, maxActive: 100_000, withinMs: 20, maxHistoryLength: undefined },
      memorySessionStore({ maxActive: 100_000, maxHistoryLength: 0 }),
      { ...manualClock(), now: () => now },
      silentLogger,
    );
    // Two hundred people talk at a time; two of five begin with one of six greetings, and hear one of four
    // answers.
    const outcome = await play(tracker, corpus(2_500, CALLERS, 200, 20_261_101), (ms) => {
      now += ms / 200;
    });

    const all: Tally = { asked: 0, right: 0, joined: 0 };
    const lines: string[] = [];
    for (const [edit, tally] of [...outcome.byEdit].sort()) {
      all.asked += tally.asked;
      all.right += tally.right;
      all.joined += tally.joined;
      lines.push(line(edit, tally));
    }
    // eslint-disable-next-line no-console -- the figures are what this is for
    console.log([...lines, line('all', all)].join('\n'));

    expect([...outcome.byEdit.keys()]).toEqual(expect.arrayContaining([...Object.keys(EDITS), 'regenerated', 'plain']));
    expect(outcome.foreign).toBe(0);
    expect(outcome.openersJoined).toBe(0);
    expect(precision(all)).toBeGreaterThanOrEqual(0.99);
    expect(recall(all)).toBeGreaterThanOrEqual(0.95);
    for (const [edit, tally] of outcome.byEdit) {
      expect(recall(tally), `recall of "${edit}"`).toBeGreaterThanOrEqual(HARDER.has(edit) ? 0.7 : 0.95);
      expect(precision(tally), `precision of "${edit}"`).toBeGreaterThanOrEqual(HARDER.has(edit) ? 0.85 : 0.98);
    }
  },
);

function recall({ right, asked }: Tally): number {
  return right / asked;
}

function precision({ right, joined }: Tally): number {
  return right / joined;
}

function line(edit: string, tally: Tally): string {
  const [found, sure] = [recall(tally), precision(tally)].map((share) => share.toFixed(4));
  return `${edit.padEnd(30)} ${String(tally.asked).padStart(6)}  recall ${String(found)}  precision ${String(sure)}`;
}
