import { expectSame } from './reading.ts';
import { ANNA, ask, BEN, chat, named, type SessionTrackerCheck, turn } from './session-tracker-run.ts';

/** Conversations that are read and changed, where a tracker has the verbs for it. */
export const sessionChangingChecks: Readonly<Record<string, SessionTrackerCheck>> = {
  history: {
    name: 'tells what was said, oldest first, to its caller alone',
    check: async (tracker) => {
      if (!tracker.history) return;
      const { id } = await turn(tracker, chat('Hello'), { clues: named('n-1'), answer: 'Hi' });
      await turn(tracker, chat('Hello', 'Hi', 'Bye'), { clues: named('n-1'), answer: 'See you' });
      const told = await tracker.history(ANNA.id, id);
      const texts = typeof told === 'object' ? told.map(({ role, content }) => [role, content]) : told;
      expectSame('history', texts, [
        ['user', 'Hello'],
        ['assistant', 'Hi'],
        ['user', 'Bye'],
        ['assistant', 'See you'],
      ]);
      expectSame('history for another caller', await tracker.history(BEN.id, id), undefined);
      expectSame('history of none', await tracker.history(ANNA.id, 'none'), undefined);
    },
  },
  ended: {
    name: 'no request goes on from a conversation that was ended, and nobody ends those of others',
    check: async (tracker) => {
      if (!tracker.end) return;
      const { id } = await ask(tracker, 'n-1');
      expectSame('ended by another caller', await tracker.end(BEN.id, id), false);
      expectSame('going on', (await ask(tracker, 'n-1')).isNew, false);
      expectSame('ended', await tracker.end(ANNA.id, id), true);
      expectSame('ended once more', await tracker.end(ANNA.id, id), false);
      expectSame('active', tracker.active(), 0);
      expectSame('the next request', (await ask(tracker, 'n-1')).isNew, true);
    },
  },
  merged: {
    name: 'a conversation that was made a part of another one is that one, under its own name, too',
    check: async (tracker) => {
      if (!tracker.merge) return;
      const [one, other] = [await ask(tracker, 'n-1'), await ask(tracker, 'n-2')];
      expectSame('merged with none', await tracker.merge(ANNA.id, one.id, 'none'), false);
      expectSame('merged by another caller', await tracker.merge(BEN.id, one.id, other.id), false);
      expectSame('merged', await tracker.merge(ANNA.id, one.id, other.id), true);
      const on = await ask(tracker, 'n-2');
      expectSame('the next request', [on.id, on.isNew], [one.id, false]);
    },
  },
  split: {
    name: 'what was said after a place becomes a conversation of its own',
    check: async (tracker) => {
      if (!tracker.split) return;
      const { id } = await turn(tracker, chat('Hello'), { answer: 'Hi' });
      await turn(tracker, chat('Hello', 'Hi', 'Tea?'), { answer: 'Yes' });
      expectSame('split of none', await tracker.split(ANNA.id, 'none', 2), undefined);
      const made = await tracker.split(ANNA.id, id, 2);
      expectSame('a new id', made !== undefined && made !== id, true);
      const on = await turn(tracker, chat('Hello', 'Hi', 'Tea?', 'Yes', 'Thanks'));
      expectSame('the next request', [on.id, on.isNew], [made, false]);
    },
  },
};
