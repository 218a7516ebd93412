import { EventEmitter } from 'node:events';

import { expect, it, vi } from 'vitest';

import { whenToldToEnd } from '../../cli/signals.ts';
import { manualClock } from '../../src/testing/manual-clock.ts';

/** A process that is told to end, at a time of its own, and what comes of it. */
function running() {
  vi.stubEnv('npm_lifecycle_event', undefined);
  const clock = manualClock();
  const came: (string | number)[] = [];
  const told = Object.assign(new EventEmitter(), { exit: (code: number) => void came.push(code) });
  whenToldToEnd(
    (reason) => came.push(reason),
    told,
    () => clock.elapsed(),
  );
  return { clock, came, told };
}

it('a signal stops it once, one that was only passed on does nothing more', async () => {
  const { clock, came, told } = running();
  told.emit('SIGTERM');
  await clock.advance(250);
  told.emit('SIGTERM');
  told.emit('SIGINT');
  expect(came).toEqual(['SIGTERM']);
});

it('a second signal ends it at once, by the number of the second', async () => {
  const { clock, came, told } = running();
  told.emit('SIGTERM');
  await clock.advance(251);
  told.emit('SIGINT');
  expect(came).toEqual(['SIGTERM', 130]);
});
