import { memoryLedger } from 'nexusai-hub';
import type { Ledger } from 'nexusai-hub/ports';
import { ledgerCases, type LedgerPlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

/** A place in memory whose ledger may be spoilt. */
function place(spoil: (ledger: Ledger) => Ledger = (ledger) => ledger): LedgerPlace {
  const ledger = spoil(memoryLedger());
  return { open: () => ledger };
}

// Those in databases: test/storage/ledger-conformance.test.ts.
describe('memory does what every ledger has to do', () => {
  for (const { name, run, skipped } of ledgerCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  it('say when a skip is wrong', () => {
    expect(() => ledgerCases(place, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => ledgerCases(place, { skip: { pages: '' } })).toThrow(/needs a reason/);
  });

  it('give back the place and its ledger, also when they fail', async () => {
    const closed: string[] = [];
    const broken: Ledger = {
      ...memoryLedger(),
      append: () => Promise.reject(new Error('disk full')),
      close: () => void closed.push('ledger'),
    };
    const [one] = ledgerCases(() => ({ open: () => broken, close: () => void closed.push('place') }));
    await expect(one?.run()).rejects.toThrow('disk full');
    expect(closed).toEqual(['ledger', 'place']);
  });

  /** Ids of the cases that do not pass. */
  async function failures(make: () => LedgerPlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of ledgerCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  let number = 0;
  const mapped = async function* <Item>(
    items: AsyncIterable<Item>,
    change: (item: Item) => Item,
  ): AsyncGenerator<Item> {
    for await (const item of items) yield change(item);
  };

  it.each<[wrong: string, failed: string[], spoil: (ledger: Ledger) => Ledger]>([
    [
      'counts what comes again twice',
      ['once', 'large'],
      (ledger) => {
        const seen = new Set<string>();
        const idOf = (id: string): string => (seen.has(id) ? `${id}-${number++}` : (seen.add(id), id));
        return {
          ...ledger,
          append: async (entries) => ledger.append(entries.map((one) => ({ ...one, id: idOf(one.id) }))),
        };
      },
    ],
    [
      'writes one by one',
      ['all-or-nothing'],
      (ledger) => ({
        ...ledger,
        append: async (entries) => {
          for (const entry of entries) await ledger.append([entry]);
        },
      }),
    ],
    [
      'has 0 for what nobody measured',
      ['not-measured'],
      (ledger) => ({
        ...ledger,
        attempts: (filter) =>
          mapped(ledger.attempts(filter), (line) => ({ ...line, promptTokens: line.promptTokens ?? 0 })),
      }),
    ],
    [
      'counts the end of a range in',
      ['ranges'],
      (ledger) => ({
        ...ledger,
        summary: (filter) => ledger.summary(filter.toMs === undefined ? filter : { ...filter, toMs: filter.toMs + 1 }),
      }),
    ],
    [
      'looks for conversations of everybody',
      ['filters', 'isolated'],
      (ledger) => ({
        ...ledger,
        conversation: (id, _callerId, part) => ledger.conversation(id, undefined, part),
        conversations: ({ callerId: _, ...query }) => ledger.conversations(query),
        summary: ({ callerId: _, ...filter }) => ledger.summary(filter),
      }),
    ],
    [
      'always says that there is no more',
      ['pages', 'limit'],
      (ledger) => ({
        ...ledger,
        conversations: async (query) => ({ ...(await ledger.conversations(query)), hasMore: false }),
      }),
    ],
    [
      'goes on by number instead of place',
      ['pages', 'limit'],
      (ledger) => ({
        ...ledger,
        conversations: async ({ after, ...query }) => {
          const { data } = await ledger.conversations({ ...query, limit: 1_000 });
          const first = data.findIndex(({ id, callerId }) => id === after?.id && callerId === after.callerId) + 1;
          return { data: data.slice(first, first + query.limit), hasMore: data.length > first + query.limit };
        },
      }),
    ],
    [
      'shows messages by their position',
      ['regenerated'],
      (ledger) => ({
        ...ledger,
        conversation: async (...asked) =>
          (await ledger.conversation(...asked)).map((one) => ({
            ...one,
            messageLines: [...one.messageLines].sort((left, right) => left.position - right.position),
          })),
      }),
    ],
    [
      'counts what was saved as spent',
      ['cached'],
      (ledger) => ({
        ...ledger,
        summary: async (filter) => {
          const sums = await ledger.summary(filter);
          return { ...sums, costNanoUsd: sums.costNanoUsd + sums.savedNanoUsd };
        },
      }),
    ],
    [
      'always gives all of a conversation',
      ['part'],
      (ledger) => ({ ...ledger, conversation: (id, callerId) => ledger.conversation(id, callerId) }),
    ],
    [
      'tells times 6 % too long',
      ['percentiles'],
      (ledger) => ({
        ...ledger,
        usage: async (query) =>
          (await ledger.usage(query)).map((row) => ({
            ...row,
            latencyMs: { ...row.latencyMs, p99: row.latencyMs.p99 && row.latencyMs.p99 * 1.12 },
          })),
      }),
    ],
    [
      'forgets when it is closed',
      ['durable', 'once', 'left-early'],
      () => {
        let inner = memoryLedger();
        const verbs = Object.keys(inner) as (keyof Ledger)[];
        const outer = Object.fromEntries(
          verbs.map((verb) => [verb, (...asked: never[]) => (inner[verb] as (...asked: never[]) => unknown)(...asked)]),
        );
        return { ...(outer as unknown as Ledger), close: () => void (inner = memoryLedger()) };
      },
    ],
  ])('find a ledger that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(failed);
  });
});
