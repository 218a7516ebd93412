import { expectSame } from './reading.ts';
import { sessionKeepingChecks } from './session-keeping-checks.ts';
import {
  append,
  begin,
  historyOf,
  IDLE_MS,
  nameOf,
  open,
  said,
  type SessionStoreCheck,
  START_MS,
  told,
  turnOf,
} from './session-store-run.ts';

/** Checks by the ids of their cases. */
export const sessionStoreChecks: Readonly<Record<string, SessionStoreCheck>> = {
  begins: {
    name: 'N1: what goes on from nothing begins a conversation of the id it brings, each time',
    check: async (store, other) => {
      expectSame('first', await open(store, 'one'), {
        id: 'one',
        isNew: true,
        by: 'nothing',
        place: 0,
        turn: undefined,
      });
      expectSame(
        'second',
        told(await open(other, 'two', { tips: ['t1'], asked: 'q1', tails: [['p1']] })),
        'two nothing new',
      );
    },
  },
  named: {
    name: 'N4: a named conversation is that one, whatever was said',
    check: async (store, other) => {
      await begin(store, 'other', { tips: ['t1'] });
      expectSame('first', told(await open(store, 'mine', { isNamed: true, tips: ['t1'] })), 'mine name new');
      expectSame('again', told(await open(other, 'mine', { isNamed: true, tips: ['t1'] })), 'mine name');
      expectSame('without a name', told(await open(other, 'x', { tips: ['t1'] })), 'other tip');
    },
  },
  'named-turn': {
    name: 'N4: in a named conversation the longest tip of its own counts, and is taken',
    check: async (store, other) => {
      await begin(store, 'mine', { tips: ['t1'] });
      await begin(store, 'other', { tips: ['t2'] });
      const found = await open(other, 'mine', { isNamed: true, tips: ['t2', 't1'] });
      expectSame('turn', [found.place, found.turn?.messages], [1, 2]);
      expectSame('without a name', told(await open(store, 'x', { tips: ['t1'] })), 'mine branch');
    },
  },
  prefix: {
    name: 'N3: the first tip that leads anywhere counts, and tells what is known from there',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'], facts: { messages: 2, sent: 2, tokens: 20, setting: 'a/b/c' } });
      await append(store, 'one', {
        tips: ['t3', 't3b'],
        facts: { messages: 4, sent: 3, tokens: undefined, setting: 'é' },
      });
      await begin(store, 'two', { tips: ['t1'] });
      const found = await open(other, 'x', { tips: ['t9', 't3', 't1'], asked: 'q' });
      expectSame('found', found, {
        id: 'one',
        isNew: false,
        by: 'tip',
        place: 1,
        turn: { messages: 4, sent: 3, tokens: undefined, setting: 'é' },
      });
      // It was taken under both of its marks.
      expectSame('once more', told(await open(store, 'x', { tips: ['t3b'] })), 'one branch');
      expectSame('facts', (await open(store, 'x', { tips: ['t1'] })).turn?.messages, 2);
    },
  },
  claims: {
    name: 'N1: of a hundred that have said and heard the same, each goes on in one of its own',
    check: async (store, other) => {
      const ids = Array.from({ length: 100 }, (_, place) => `c${String(place)}`);
      await Promise.all(ids.map((id, place) => begin(place % 2 === 0 ? store : other, id, { tips: ['t1'] })));
      const found = await Promise.all(
        ids.map((_, place) => open(place % 2 === 0 ? store : other, `x${String(place)}`, { tips: ['t1'] })),
      );
      expectSame('ids', found.map(({ id }) => id).sort(), [...ids].sort());
      expectSame('ways', [...new Set(found.map(({ by }) => by))], ['tip']);
      expectSame('one more', told(await open(store, 'late', { tips: ['t1'] })), 'late nothing new');
    },
  },
  newest: {
    name: 'N3: of several turns to go on from, the newest is taken first',
    check: async (store) => {
      for (const id of ['one', 'two', 'three']) await begin(store, id, { tips: ['t1'] });
      expectSame('first', (await open(store, 'x', { tips: ['t1'] })).id, 'three');
      expectSame('second', (await open(store, 'x', { tips: ['t1'] })).id, 'two');
    },
  },
  regenerated: {
    name: 'N3: who asks the same once more is in the conversation where it was asked, also among many',
    check: async (store, other) => {
      for (const id of ['one', 'two']) await begin(store, id, { tips: ['t1'] });
      const first = await open(store, 'x', { tips: ['t1'], asked: 'qa' });
      const second = await open(other, 'x', { tips: ['t1'], asked: 'qb' });
      expectSame('again a', told(await open(other, 'x', { tips: ['t1'], asked: 'qa' })), `${first.id} asked`);
      expectSame('again b', told(await open(store, 'x', { tips: ['t1'], asked: 'qb' })), `${second.id} asked`);
      expectSame('neither', told(await open(store, 'x', { tips: ['t1'], asked: 'qc' })), 'x nothing new');
    },
  },
  branch: {
    name: 'N3: who goes on from where somebody did already is in the same conversation, where there is but one',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'] });
      await open(store, 'x', { tips: ['t1'], asked: 'qa' });
      const found = await open(other, 'x', { tips: ['t1'], asked: 'qb' });
      expectSame('found', [told(found), found.turn?.messages], ['one branch', 2]);
      expectSame('the same again', told(await open(store, 'x', { tips: ['t1'], asked: 'qb' })), 'one asked');
    },
  },
  longest: {
    name: 'N1: where the longest tip leads to several, no shorter one is looked at',
    check: async (store) => {
      for (const id of ['one', 'two']) {
        await begin(store, id, { tips: ['t2'] });
        await open(store, 'x', { tips: ['t2'] });
      }
      await begin(store, 'three', { tips: ['t1'] });
      expectSame('found', told(await open(store, 'x', { tips: ['t2', 't1'] })), 'x nothing new');
    },
  },
  tails: {
    name: 'N3: what has lost its beginning is found by the first group of tails whose marks all lead to it alone',
    check: async (store, other) => {
      await begin(store, 'one', { tails: ['p1', 'p2', 'p3'] });
      await begin(other, 'two', { tails: ['p2', 'p4'] });
      const found = await open(store, 'x', { tails: [['p2'], ['p1', 'p2'], ['p9', 'p1'], ['p1', 'p4'], ['p1', 'p3']] });
      expectSame('found', found, { id: 'one', isNew: false, by: 'tail', place: 4, turn: undefined });
      expectSame('none', told(await open(other, 'x', { tails: [['p2'], ['p9']] })), 'x nothing new');
      expectSame('after a tip', told(await open(other, 'y', { tips: ['t1'], tails: [['p4']] })), 'two tail');
    },
  },
  idle: {
    name: 'N8: a conversation is over when it was idle for as long as it may be, to the millisecond, and each request moves that',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'], tails: ['p1'] });
      const last = START_MS + IDLE_MS - 1;
      expectSame('a moment before', told(await open(other, 'one', { isNamed: true, nowMs: last })), 'one name');
      expectSame('by tip', told(await open(store, 'x', { tips: ['t1'], nowMs: last + IDLE_MS - 1 })), 'one tip');
      const over = last + 2 * IDLE_MS - 1;
      expectSame('by tip, over', told(await open(other, 'y', { tips: ['t1'], nowMs: over })), 'y nothing new');
      expectSame('by tail, over', told(await open(other, 'z', { tails: [['p1']], nowMs: over })), 'z nothing new');
      expectSame('by name, over', told(await open(store, 'one', { isNamed: true, nowMs: over })), 'one name new');
      expectSame('as it was', told(await open(store, 'v', { tips: ['t1'], nowMs: over })), 'v nothing new');
    },
  },
  'clock-back': {
    name: 'N8: a request by a clock that is behind does not make a conversation older',
    check: async (store, other) => {
      await open(store, 'one', { isNamed: true });
      await open(other, 'one', { isNamed: true, nowMs: START_MS - 60_000 });
      expectSame('found', told(await open(store, 'one', { isNamed: true, nowMs: START_MS + IDLE_MS - 1 })), 'one name');
    },
  },
  owners: {
    name: 'N5: owners never meet, whatever they are called',
    check: async (store, other) => {
      const owners = ['anna', 'Anna', 'anna ', 'a:b', '{a}', 'a*', 'x'.repeat(300), '杭州', 'a\nb', '__proto__'];
      for (const owner of owners) {
        const mine = { owner, tips: ['t1'], tails: [['p1']], asked: 'q1' };
        expectSame(`first of ${owner}`, told(await open(store, 'one', mine)), 'one nothing new');
        await append(store, 'one', { owner, tips: ['t1'], tails: ['p1'], said: said(`"${owner.length}"`) });
      }
      for (const owner of owners) {
        expectSame(`history of ${owner}`, await historyOf(other, 'one', { owner }), [`"${owner.length}"`]);
        expectSame(`tip of ${owner}`, told(await open(other, 'x', { owner, tips: ['t1'] })), 'one tip');
      }
      expectSame('end', await other.end(nameOf('one', { owner: 'anna' })), true);
      expectSame('other owner', told(await open(store, 'one', { owner: 'Anna', isNamed: true })), 'one name');
    },
  },
  order: {
    name: 'N3: an answer that was not waited for is there for the next request all the same',
    check: async (store) => {
      for (const id of ['one', 'two', 'three']) {
        await open(store, id);
        const appended = store.append({ ...turnOf(id), tips: [`t${id}`] });
        const counted = store.count(nameOf(id), `t${id}`, 7);
        const found = await open(store, 'x', { tips: [`t${id}`] });
        expectSame('found', [told(found), found.turn?.tokens], [`${id} tip`, 7]);
        await appended;
        await counted;
      }
    },
  },
  ...sessionKeepingChecks,
};
