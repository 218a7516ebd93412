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

/** What becomes of conversations: a turn more, under the mark or not; one goes on from another's; two become one. */
const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.record({ adds: fc.nat(3), isMarked: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant('take' as const) },
  { weight: 1, arbitrary: fc.record({ merges: fc.nat(3), into: fc.nat(3) }) },
);
type Step = typeof STEP extends fc.Arbitrary<infer One> ? One : never;

it('N1: finds the newest turn of one conversation, few or many, whoever goes on from which and what they become', () => {
  const run = (rounds: number, steps: readonly Step[]): void => {
    const index = new TurnIndex(100);
    let begun = 0;
    const begin = (): Conversation => new Conversation('one', `conv_${begun++}`, 1_000);
    const conversations = Array.from({ length: 4 }, begin);
    const marked: Turn[] = [];
    const add = (conversation: Conversation): void => {
      const turn = conversation.addTurn(FACTS);
      index.add('mark', turn, NOW);
      marked.push(turn);
    };
    for (let round = 0; round < rounds; round++) conversations.forEach(add);
    for (const step of steps) {
      if (step === 'take') index.take('mark', NOW);
      else if ('merges' in step) {
        if (step.merges === step.into) continue;
        conversations[step.into]!.merge(conversations[step.merges]!);
        expect(index.newestOf('mark', conversations[step.merges]!)).toBeUndefined();
        conversations[step.merges] = begin();
      } else if (step.isMarked) add(conversations[step.adds]!);
      else conversations[step.adds]!.addTurn(FACTS);
      for (const conversation of conversations)
        expect(index.newestOf('mark', conversation)).toBe(
          marked.findLast((turn) => turn.conversation === conversation),
        );
    }
    for (const conversation of conversations) {
      conversation.end();
      expect(index.newestOf('mark', conversation)).toBeUndefined();
    }
  };
  // Few are looked through, of many each conversation looks through its own: the rule is one.
  fc.assert(fc.property(fc.array(STEP, { maxLength: 50, size: 'max' }), (steps) => run(2, steps)));
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 20, maxLength: 500, size: 'max' }), (steps) => run(20, steps)),
    {
      numRuns: 30,
    },
  );
});

it('N1: finds the same turn of one conversation, however many strangers have said the same', () => {
  for (const strangers of [0, 100]) {
    const index = new TurnIndex(1_000);
    const add = (turn: Turn): Turn => (index.add('mark', turn, NOW), turn);
    for (let place = 0; place < strangers; place++) add(turnAt(NOW.nowMs, `conv_${place}`));
    const conversation = new Conversation(NOW.owner, 'conv_own', NOW.nowMs);
    add(conversation.addTurn(FACTS));
    const newest = add(conversation.addTurn(FACTS));
    expect(index.take('mark', NOW)).toBe(newest);
    expect(index.newestOf('mark', conversation)).toBe(newest);
  }
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
