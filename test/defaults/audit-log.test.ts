import fc from 'fast-check';
import { memoryAuditLog, verifyChain } from 'nexusai-hub';
import type { AuditEntry, AuditHead, AuditLink, AuditLog, LinkedAuditEntry } from 'nexusai-hub/ports';
import { CHAIN_START, linkedTo } from 'nexusai-hub/storage-kit';
import { describe, expect, it } from 'vitest';
import { auditEntry } from '../storage/audit-entry.ts';

function entries(count: number, first = 1): AuditEntry[] {
  return Array.from({ length: count }, (_, place) => entryOf(first + place));
}

function entryOf(number: number): AuditEntry {
  return auditEntry(`e${String(number).padStart(8, '0')}`, {
    atMs: 1_767_225_600_000 + number,
    status: 200 + (number % 3),
  });
}

/**
 * Links every entry when it comes. Only where the first that would be left has another before it that nobody has had a
 * chance to see does it link anew, from a beginning.
 */
class EagerLog {
  readonly #maxEntries: number;
  #entries: LinkedAuditEntry[] = [];
  #checkpoint: AuditLink = CHAIN_START;
  /** The last number that somebody may have seen. */
  #seen = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  get last(): AuditLink {
    const { sequence, hash } = this.#entries.at(-1) ?? this.#checkpoint;
    return { sequence, hash };
  }

  append(some: readonly AuditEntry[]): void {
    this.#entries.push(...linkedTo(this.last, some));
  }

  #see(upTo: number): void {
    const over = this.#entries.length - this.#maxEntries;
    if (over > 0) this.#cut(over);
    this.#seen = Math.max(this.#seen, Math.min(upTo, this.last.sequence));
  }

  #cut(count: number): void {
    const last = this.#entries[count - 1];
    if (!last) return;
    const isSeen = last.sequence <= this.#seen;
    this.#checkpoint = { sequence: last.sequence, hash: isSeen ? last.hash : CHAIN_START.hash };
    const left = this.#entries.slice(count);
    this.#entries = isSeen ? left : linkedTo(this.#checkpoint, left);
  }

  head(): AuditHead {
    this.#see(Infinity);
    return { checkpoint: this.#checkpoint, last: this.last };
  }

  after(sequence: number, limit: number): readonly LinkedAuditEntry[] {
    this.#see(0);
    const from = Math.max(sequence, this.#checkpoint.sequence);
    this.#see(from + limit);
    return this.#entries.filter((entry) => entry.sequence > from).slice(0, limit);
  }

  page(status: number | undefined, before: number, limit: number): { data: LinkedAuditEntry[]; hasMore: boolean } {
    this.#see(before - 1);
    const all = this.#entries
      .filter((entry) => entry.sequence < before && (status === undefined || entry.status === status))
      .reverse();
    return { data: all.slice(0, limit), hasMore: all.length > limit };
  }

  /** Up to the entry of this number; the link of it, which somebody else may know. */
  remove(sequence: number): AuditLink | undefined {
    this.#see(sequence);
    const count = sequence - this.#checkpoint.sequence;
    const entry = this.#entries[count - 1];
    if (!entry) return undefined;
    this.#cut(count);
    return { sequence, hash: entry.hash };
  }
}

const back = fc.nat(60);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ append: fc.nat(30) }) },
  { weight: 1, arbitrary: fc.record({ after: back, limit: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({ before: fc.option(back), status: fc.constantFrom(undefined, 201), limit: fc.nat(9) }),
  },
  { weight: 1, arbitrary: fc.constant({ head: true as const }) },
  { weight: 1, arbitrary: fc.record({ remove: back }) },
  { weight: 1, arbitrary: fc.constant({ verify: true as const }) },
);

describe('links that are made when somebody looks', () => {
  it('are those that were made at once, in whatever order it is written, looked and taken out', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 50 }),
        fc.array(step, { maxLength: 40 }),
        async (maxEntries, steps) => {
          const log = memoryAuditLog({ maxEntries });
          const eager = new EagerLog(maxEntries);
          const seen = new Map<number, string>();
          const isAsBefore = (entry: AuditLink): void => {
            expect(seen.get(entry.sequence) ?? entry.hash).toBe(entry.hash);
            seen.set(entry.sequence, entry.hash);
          };
          let came = 0;
          for (const one of steps) {
            const ago = (number: number): number => Math.max(0, came - number);
            if ('append' in one) {
              const some = entries(one.append, came + 1);
              await log.append(some);
              eager.append(some);
              came += one.append;
            } else if ('after' in one) {
              const shown = await log.after(ago(one.after), one.limit);
              expect(shown).toEqual(eager.after(ago(one.after), one.limit));
              shown.forEach(isAsBefore);
            } else if ('before' in one) {
              const before = one.before === null ? Infinity : ago(one.before);
              const shown = await log.page({ before, status: one.status, limit: one.limit });
              expect(shown).toEqual(eager.page(one.status, before, one.limit));
              shown.data.forEach(isAsBefore);
            } else if ('head' in one) {
              const shown = await log.head();
              expect(shown).toEqual(eager.head());
              expect(shown.last.sequence).toBe(came);
              [shown.checkpoint, shown.last].forEach(isAsBefore);
            } else if ('remove' in one) {
              const upTo = eager.remove(ago(one.remove));
              if (upTo) await log.remove(upTo);
              else
                await expect(log.remove({ ...CHAIN_START, sequence: ago(one.remove) })).rejects.toThrow(
                  'nothing was removed',
                );
            } else {
              const report = await verifyChain(log);
              const head = eager.head();
              expect(report).toMatchObject({ broken: undefined, from: head.checkpoint, to: head.last });
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are those of one chain where nothing went, however many look at once and however much comes meanwhile', async () => {
    const log = memoryAuditLog({ maxEntries: 100_000 });
    await log.append(entries(3_000));
    const looks = [log.after(0, 100_000), log.page({ limit: 1 }), log.head(), log.after(2_000, 5), log.after(10, 5)];
    for (let batch = 0; batch < 10; batch++) {
      await turn();
      await log.append(entries(1_000, 3_001 + 1_000 * batch));
    }
    await Promise.all(looks);
    expect(await log.after(0, 100_000)).toEqual(linkedTo(CHAIN_START, entries(13_000)));
  });

  it('go on from what was shown while that is there', async () => {
    const log = memoryAuditLog({ maxEntries: 10 });
    await log.append(entries(8));
    await log.after(0, 4);
    await log.append(entries(6, 9));
    const chain = linkedTo(CHAIN_START, entries(14));
    expect(await log.after(0, 100)).toEqual(chain.slice(4));
    expect((await log.head()).checkpoint).toEqual(linkOf(chain[3]));
  });

  it('begin anew behind what nobody saw', async () => {
    const log = memoryAuditLog({ maxEntries: 10 });
    await log.append(entries(8));
    await log.after(0, 4);
    await log.append(entries(7, 9));
    const checkpoint = { sequence: 5, hash: CHAIN_START.hash };
    expect(await log.after(0, 100)).toEqual(linkedTo(checkpoint, entries(10, 6)));
    expect(await verifyChain(log)).toMatchObject({ broken: undefined, checked: 10, from: checkpoint });
    // What was noted has gone, and is told so: it is neither there nor spoilt.
    const noted = verifyChain(log, { expect: linkOf(linkedTo(CHAIN_START, entries(4)).at(-1)) });
    await expect(noted).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('many that wait for their links', () => {
  /** How often others have their turn until something is there. */
  async function turnsUntil(look: Promise<unknown>): Promise<number> {
    let turns = 0;
    let isThere = false;
    void look.finally(() => (isThere = true));
    for (; !isThere; turns++) await turn();
    return turns;
  }

  async function fullLog(): Promise<AuditLog> {
    const log = memoryAuditLog();
    await log.append(entries(10_000));
    return log;
  }

  it.each<[what: string, look: (log: AuditLog) => Promise<unknown>]>([
    ['the newest', (log) => log.page({ limit: 1 })],
    ['all of them', (log) => log.after(0, 10_000)],
    ['the head', (log) => log.head()],
    ['ten at once', (log) => Promise.all(Array.from({ length: 10 }, () => log.head()))],
  ])('leave the others their turns when somebody asks for %s', async (_what, look) => {
    const log = await fullLog();
    expect(await turnsUntil(look(log))).toBeGreaterThan(10_000 / 300);
    expect(await turnsUntil(look(log))).toBeLessThan(3);
  });

  it('are not linked for who asks for a few of the oldest', async () => {
    const log = await fullLog();
    expect(await turnsUntil(log.after(0, 100))).toBeLessThan(3);
    expect(await turnsUntil(log.page({ before: 200, limit: 100 }))).toBeLessThan(3);
    expect(await turnsUntil(log.head())).toBeGreaterThan(10_000 / 300);
  });

  it('are caught up with, and shown to the last, however fast others write', async () => {
    const log = await fullLog();
    let came = 10_000;
    let isThere = false;
    const look = log.page({ limit: 100_000 }).finally(() => (isThere = true));
    while (!isThere) {
      await log.append(entries(1_000, came + 1));
      came += 1_000;
      await turn();
    }
    const { data } = await look;
    expect(data).toHaveLength(10_000);
    expect(came).toBeLessThan(30_000);
    const first = data.at(-1);
    const chain = linkedTo(
      { sequence: (first?.sequence ?? 0) - 1, hash: first?.previousHash ?? '' },
      data.toReversed(),
    );
    expect(data.toReversed()).toEqual(chain);
  });
});

it('an entry that can have no hash is refused, with those beside it, and spoils nothing', async () => {
  const log = memoryAuditLog();
  const [one, two] = entries(2);
  if (!one || !two) throw new Error('There are two.');
  await expect(log.append([one, { ...two, atMs: NaN }])).rejects.toThrow(RangeError);
  await expect(log.append([{ ...two, atMs: 8.64e15 + 1 }])).rejects.toThrow(
    'The time of the entry "e00000002" is none.',
  );
  const counted = { ...two, durationMs: 12n as unknown as number };
  await expect(log.append([one, counted])).rejects.toThrow(
    'Something of the entry "e00000002" is neither text nor number.',
  );
  await log.append([one, { ...two, atMs: 8.64e15 }]);
  expect((await verifyChain(log)).checked).toBe(2);
});

function linkOf(entry: LinkedAuditEntry | undefined): AuditLink {
  return { sequence: entry?.sequence ?? 0, hash: entry?.hash ?? '' };
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
