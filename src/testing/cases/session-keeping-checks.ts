import { expectSame } from './reading.ts';
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
} from './session-store-run.ts';

/** What is kept of conversations, and what becomes of it when they end, merge and split. */
export const sessionKeepingChecks: Readonly<Record<string, SessionStoreCheck>> = {
  count: {
    name: 'tokens that are counted later are those of the turn',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'], facts: { messages: 2, sent: 2, tokens: undefined, setting: 's' } });
      await begin(store, 'two', {
        tips: ['t1', 't2'],
        facts: { messages: 2, sent: 2, tokens: undefined, setting: 's' },
      });
      await other.count(nameOf('one'), 't1', 11);
      await other.count(nameOf('two'), 't2', 22);
      await other.count(nameOf('three'), 't2', 33);
      expectSame('two', (await open(store, 'x', { tips: ['t2'] })).turn, {
        messages: 2,
        sent: 2,
        tokens: 22,
        setting: 's',
      });
      expectSame('one', (await open(store, 'x', { tips: ['t1'] })).turn, {
        messages: 2,
        sent: 2,
        tokens: 11,
        setting: 's',
      });
    },
  },
  absent: {
    name: 'nothing is added to a conversation that is not there',
    check: async (store) => {
      await append(store, 'none', { tips: ['t1'], tails: ['p1'], said: said('"a"') });
      expectSame('tip', told(await open(store, 'x', { tips: ['t1'], tails: [['p1']] })), 'x nothing new');
      expectSame('history', await historyOf(store, 'none'), 'nothing');
      expectSame('end', await store.end(nameOf('none')), false);
    },
  },
  end: {
    name: 'an ended conversation is not gone on with, and begins anew under its name',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'], tails: ['p1'], said: said('"a"') });
      expectSame('end', await other.end(nameOf('one')), true);
      expectSame('once more', await store.end(nameOf('one')), false);
      expectSame('history', await historyOf(other, 'one'), 'nothing');
      expectSame('tip', told(await open(store, 'x', { tips: ['t1'], tails: [['p1']] })), 'x nothing new');
      // An answer that was under way.
      await append(store, 'one', { tips: ['t2'] });
      expectSame('late tip', told(await open(store, 'y', { tips: ['t2'] })), 'y nothing new');
      expectSame('name', told(await open(other, 'one', { isNamed: true })), 'one name new');
      expectSame('tip', told(await open(store, 'z', { tips: ['t1'] })), 'z nothing new');
    },
  },
  merge: {
    name: 'of two conversations one can be made, which is found by what was said in either, and by both names',
    check: async (store, other) => {
      await begin(store, 'one', { tips: ['t1'], said: said('"a"') });
      await begin(other, 'two', { tips: ['t2'], tails: ['p2'], said: said('"b"') });
      expectSame('merge', await store.merge(nameOf('one'), 'two'), true);
      expectSame('once more', await other.merge(nameOf('one'), 'two'), false);
      expectSame('with nothing', await store.merge(nameOf('one'), 'none'), false);
      expectSame('into nothing', await store.merge(nameOf('none'), 'one'), false);
      expectSame('with itself', await store.merge(nameOf('one'), 'one'), false);
      expectSame('its tip', told(await open(other, 'x', { tips: ['t1'] })), 'one tip');
      expectSame('the other tip', told(await open(store, 'x', { tips: ['t2'] })), 'one tip');
      expectSame('tail', told(await open(store, 'x', { tails: [['p2']] })), 'one tail');
      expectSame('name', told(await open(other, 'two', { isNamed: true })), 'one name');
      expectSame('history', await historyOf(store, 'one'), 'nothing');
      await append(store, 'two', { tips: ['t3'] });
      expectSame('late tip', told(await open(other, 'x', { tips: ['t3'] })), 'one tip');
    },
  },
  split: {
    name: 'a conversation can be split: what was said after a message goes on in a new one',
    check: async (store, other) => {
      const facts = { tokens: 1, setting: 's' };
      await begin(store, 'one', { tips: ['t2'], facts: { messages: 2, sent: 2, ...facts }, said: said('"a"', '"b"') });
      await append(store, 'one', { tips: ['t4'], facts: { messages: 4, sent: 4, ...facts }, said: said('"c"', '"d"') });
      expectSame('nothing', await other.split(nameOf('none'), 2, 'two'), false);
      expectSame('onto another', await other.split(nameOf('one'), 2, 'one'), false);
      expectSame('split', await other.split(nameOf('one'), 2, 'two'), true);
      expectSame('after', told(await open(store, 'x', { tips: ['t4', 't2'] })), 'two tip');
      expectSame('before', told(await open(other, 'x', { tips: ['t2'] })), 'one tip');
      expectSame('history of the first', await historyOf(store, 'one'), ['"a"', '"b"']);
      expectSame('history of the new one', await historyOf(other, 'two'), ['"a"', '"b"', '"c"', '"d"']);
      expectSame('name', told(await open(store, 'two', { isNamed: true })), 'two name');
    },
  },
  history: {
    name: 'messages are kept in their order; what a branch goes on from stays, the rest is replaced',
    check: async (store, other) => {
      await begin(store, 'one', { said: said('{"content":"杭州 \\n\\u0000"}', '"b"') });
      await append(other, 'one', { said: said('"c"', '"d"') });
      expectSame('all', await historyOf(store, 'one'), ['{"content":"杭州 \\n\\u0000"}', '"b"', '"c"', '"d"']);
      await append(store, 'one', { said: { keep: 2, add: ['"e"'], maxLength: 100 } });
      expectSame('branch', await historyOf(other, 'one'), ['{"content":"杭州 \\n\\u0000"}', '"b"', '"e"']);
      await append(other, 'one', { said: { keep: 0, add: ['"f"'], maxLength: 100 } });
      expectSame('anew', await historyOf(store, 'one'), ['"f"']);
      await append(store, 'one');
      expectSame('without messages', await historyOf(store, 'one'), ['"f"']);
      expectSame('over', await historyOf(store, 'one', { nowMs: START_MS + IDLE_MS }), 'nothing');
    },
  },
  'history-bound': {
    name: 'M4: messages that are too long are given up, and it says so until they are kept anew',
    check: async (store, other) => {
      const long = JSON.stringify('x'.repeat(97));
      await begin(store, 'one', { said: said('"a"') });
      await append(store, 'one', { said: said(long) });
      expectSame('too long', await historyOf(other, 'one'), 'too-long');
      await append(other, 'one', { said: said('"b"') });
      expectSame('still', await historyOf(store, 'one'), 'too-long');
      await append(store, 'one', { said: { keep: 0, add: ['"c"'], maxLength: 100 } });
      expectSame('anew', await historyOf(other, 'one'), ['"c"']);
    },
  },
  'history-atomic': {
    name: 'N6: of messages that are added at the same time, none is lost',
    check: async (store, other) => {
      await open(store, 'one');
      const turns = Array.from({ length: 40 }, (_, place) => String(place));
      const add = (turn: string, place: number): Promise<void> =>
        append(place % 2 === 0 ? store : other, 'one', { said: { keep: undefined, add: [turn], maxLength: 10_000 } });
      await Promise.all(turns.map(add));
      const history = await store.history(nameOf('one'));
      expectSame('messages', Array.from(history ?? []).sort(), [...turns].sort());
    },
  },
};
