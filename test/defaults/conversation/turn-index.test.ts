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
