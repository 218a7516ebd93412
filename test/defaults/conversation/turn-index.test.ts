import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Conversation, type Moment, type Turn } from '../../../src/defaults/conversation/conversation.ts';
import { TurnIndex } from '../../../src/defaults/conversation/turn-index.ts';

const FACTS = { messages: 2, sent: 2, tokens: undefined, setting: '' };
const NOW: Moment = { owner: 'one', nowMs: 1_000, idleMs: 1_000 };

const turnAt = (nowMs: number, id: string): Turn => new Conversation(NOW.owner, id, nowMs).addTurn(FACTS);

it('M4: of many who have heard the same, finds the newest first and ten thousand at least', () => {
  const index = new TurnIndex(100);
  const turns = Array.from({ length: 50_000 }, (_, place) => turnAt(NOW.nowMs, `conv_${String(place)}`));
  for (const turn of turns) index.add('mark', turn, NOW);
  const found: Turn[] = [];
  for (let turn = index.take('mark', NOW); turn; turn = index.take('mark', NOW)) found.push(turn);
  expect(found.length).toBeGreaterThanOrEqual(10_000);
  expect(found.length).toBeLessThanOrEqual(40_000);
  expect(found).toEqual(turns.slice(-found.length).toReversed());
});

it('N8: finds nobody whose conversation is over, however many there were', () => {
  const index = new TurnIndex(100);
  for (let place = 0; place < 500; place++) index.add('mark', turnAt(0, `conv_${String(place)}`), NOW);
  const alive = turnAt(1, 'conv_alive');
  index.add('mark', alive, NOW);
  expect(index.only('mark', NOW)).toBe(alive);
  expect(index.take('mark', NOW)).toBe(alive);
  expect(index.take('mark', NOW)).toBeUndefined();
});

it('N1: finds the newest turn of one conversation among those of others, whoever goes on from which', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(3)), { minLength: 20, maxLength: 500, size: 'max' }), (steps) => {
      const index = new TurnIndex(100);
      const conversations = Array.from({ length: 4 }, (_, place) => new Conversation('one', `conv_${place}`, 1_000));
      const newest = new Map<Conversation, Turn>();
      const add = (conversation: Conversation): void => {
        const turn = conversation.addTurn(FACTS);
        index.add('mark', turn, NOW);
        newest.set(conversation, turn);
      };
      for (let round = 0; round < 20; round++) conversations.forEach(add);
      for (const step of steps) {
        if (step === null) index.take('mark', NOW);
        else add(conversations[step]!);
        for (const [conversation, turn] of newest) expect(index.newestOf('mark', conversation)).toBe(turn);
      }
      for (const conversation of conversations) {
        conversation.end();
        expect(index.newestOf('mark', conversation)).toBeUndefined();
      }
    }),
    { numRuns: 30 },
  );
});

it('N1: looks at few turns for the newest of one conversation, however many others began as it did', () => {
  /** Looks at conversations of turns, for each time that a turn is added and one is asked for. */
  const looksOf = (count: number): number => {
    const index = new TurnIndex(100);
    let looks = 0;
    const turns = Array.from({ length: count }, (_, place): Turn => {
      const turn = turnAt(NOW.nowMs, `conv_${String(place)}`);
      const { conversation } = turn;
      return Object.defineProperty(turn, 'conversation', { get: () => (looks++, conversation) });
    });
    for (const [place, turn] of turns.entries()) {
      index.add('mark', turn, NOW);
      const one = turns[Math.floor(place / 2)]!;
      expect(index.newestOf('mark', one.conversation!)).toBe(one);
    }
    return looks / count;
  };
  // Those that are few are looked through.
  const few = looksOf(64);
  expect(looksOf(4_000)).toBeLessThan(few);
});
