import { NexusHub, roundRobin, sticky, weighted } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { keepBooks } from '../../request-path/books.ts';
import { PLAIN } from '../../request-path/harness.ts';
import { factsOf } from '../facts.ts';
import { hints, idsOf, targetsOf } from './targets.ts';

const balancer = sticky(weighted());
const homeOf = (weights: readonly number[], conversationId: string, without?: number): string => {
  const targets = targetsOf(weights).filter((_target, place) => place !== without);
  return balancer.order(targets, { ...hints, conversationId })[0]!.id;
};
const CONVERSATIONS = Array.from({ length: 5_000 }, (_, number) => `conversation-${number}`);

describe('sticky', () => {
  it('has the same home and the same stand-in for a conversation in every process', () => {
    const firstTwo = (): string[] =>
      idsOf(
        sticky(weighted())
          .order(targetsOf([1, 1, 1, 1, 1]), hints)
          .slice(0, 2),
      );
    const once = firstTwo();
    for (let turn = 0; turn < 50; turn++) expect(firstTwo()).toEqual(once);
  });

  it('spreads conversations by weight', () => {
    const homes = CONVERSATIONS.map((id) => homeOf([1, 2, 0, 5], id));
    const shareOf = (id: string): number => homes.filter((home) => home === id).length / homes.length;
    expect(shareOf('0')).toBeCloseTo(1 / 8, 1.4);
    expect(shareOf('1')).toBeCloseTo(2 / 8, 1.4);
    expect(shareOf('2')).toBe(0);
    expect(shareOf('3')).toBeCloseTo(5 / 8, 1.4);
  });

  it('moves only the conversations of a target that is taken away, to all the others', () => {
    const size = fc.integer({ min: 2, max: 9 });
    fc.assert(
      fc.property(size, fc.nat(8), fc.uuid(), (count, given, prefix) => {
        const weights = Array.from({ length: count }, () => 1);
        const gone = given % count;
        let moved = 0;
        for (let number = 0; number < 300; number++) {
          const id = `${prefix}-${number}`;
          const before = homeOf(weights, id);
          if (before === String(gone)) moved++;
          else expect(homeOf(weights, id, gone)).toBe(before);
        }
        // Six standard deviations of a binomial share of 1/n.
        const share = 1 / count;
        expect(moved / 300).toBeLessThan(share + 6 * Math.sqrt((share * (1 - share)) / 300));
      }),
      { numRuns: 25 },
    );
  });

  it('moves to a target that gets a larger share only what it is due', () => {
    const moved = CONVERSATIONS.filter((id) => homeOf([1, 1, 1, 1], id) !== homeOf([1, 1, 1, 2], id));
    expect(moved.every((id) => homeOf([1, 1, 1, 2], id) === '3')).toBe(true);
    expect(moved.length / CONVERSATIONS.length).toBeCloseTo(2 / 5 - 1 / 4, 1.4);
  });

  it('leaves the rest, and what belongs to no conversation, to the other strategy', () => {
    const both = sticky(roundRobin());
    const targets = targetsOf([1, 1]);
    const first = [1, 2, 3, 4].map(() => both.order(targets, { ...hints, conversationId: '' })[0]?.id);
    expect(first).toEqual(['0', '1', '0', '1']);
    const reversed = sticky({ order: (given) => given.toReversed() });
    const order = idsOf(reversed.order(targetsOf([1, 1, 1, 1, 1, 1]), hints));
    expect(order.slice(2)).toEqual([...order.slice(2)].sort().reverse());
    const heard: string[] = [];
    const hearing = sticky({
      order: (given) => given,
      begins({ id }) {
        heard.push(id);
        return { content() {}, over() {} };
      },
    });
    hearing.begins?.(targets[1]!, factsOf());
    expect(heard).toEqual(['1']);
  });
});

describe('N7: a conversation of 50 turns over 5 deployments', () => {
  it('stays at one of them, goes to one other while its circuit is open, and comes back', async () => {
    const open = new Set<string>();
    const books = keepBooks(open);
    const names = ['a', 'b', 'c', 'd', 'e'] as const;
    const hub = new NexusHub({
      providers: Object.fromEntries(names.map((name) => [name, scriptedProvider({ says: name })])),
      models: { m: [...names] },
      routing: { strategy: 'sticky' },
      circuitBreaker: books.circuitBreaker,
      limits: { requestsPerSecond: Infinity },
    });
    const turns = async (conversationId: string, count: number): Promise<string[]> => {
      const answers: string[] = [];
      for (let turn = 0; turn < count; turn++) {
        const { choices } = await hub.chat.completions.create(PLAIN, { conversationId });
        answers.push(choices[0]?.message.content ?? '');
      }
      return answers;
    };
    for (let number = 0; number < 20; number++) {
      const id = `conversation-${number}`;
      const [home = '', ...others] = new Set(await turns(id, 50));
      expect(others).toEqual([]);
      open.add(`${home}/m`);
      const away = new Set(await turns(id, 10));
      expect(away.size).toBe(1);
      expect(away).not.toContain(home);
      open.clear();
      expect(new Set(await turns(id, 10))).toEqual(new Set([home]));
    }
    const homes = new Set((await Promise.all(CONVERSATIONS.slice(0, 60).map((id) => turns(id, 1)))).flat());
    expect(homes.size).toBe(5);
    await hub.close();
  });
});
