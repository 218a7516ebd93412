import fc from 'fast-check';
import { expect, it } from 'vitest';

import { type ExpiredCursor, expiredPage } from '../../adapters/storage/sql/expired-page.ts';
import { ledgerSteps } from '../../adapters/storage/sql/ledger-steps.ts';
import { openDatabase } from '../../adapters/storage/sqlite/open-database.ts';
import { SQLITE } from '../../adapters/storage/sqlite/sqlite-dialect.ts';
import { entry, NOON } from '../views/set-up.ts';

const MOST_BYTES = 2_000;
/** One of which many fit into a page, one that fills it with another, and one that does not fit. */
const SIZES = { small: 100, large: 900, huge: 5_000 };
type Size = keyof typeof SIZES;

it('M1: a page of old entries weighs no more than it may, or is one entry, and none is left out or comes twice', async () => {
  const sizes = fc.array(fc.constantFrom<Size>('small', 'small', 'large', 'huge'), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { maxLength: 4 }), async (conversations) => {
      const { db, close } = await openDatabase({ file: ':memory:', synchronous: 'normal', busyTimeoutMs: 1_000 });
      try {
        // Requests of all conversations take turns.
        const entries = conversations.flatMap((some, place) =>
          some.map((size, position) =>
            entry({
              id: `${place}-${position}`,
              conversation: `c${place}`,
              atMs: NOON + position * 1_000 + place,
              position,
              says: '茶'.repeat(SIZES[size] / 3),
            }),
          ),
        );
        await ledgerSteps(db, SQLITE).append(entries);
        const seen: string[] = [];
        const ofConversations: (string | undefined)[] = [];
        let cursor: ExpiredCursor | undefined;
        do {
          const page = await expiredPage(db, NOON + 1e9, cursor, MOST_BYTES);
          const bytes = page.entries.flatMap(({ messageLines }) =>
            messageLines.map(({ json }) => Buffer.byteLength(json)),
          );
          expect(page.entries.length <= 1 || bytes.reduce((sum, one) => sum + one, 0) <= MOST_BYTES).toBe(true);
          seen.push(...page.entries.map(({ entryId }) => entryId));
          ofConversations.push(...page.entries.map(({ conversation }) => conversation?.id));
          cursor = page.next;
        } while (cursor);
        expect(seen.toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
        // Those of one conversation come behind each other.
        const changes = ofConversations.filter((id, place) => id !== ofConversations[place - 1]);
        expect(changes).toHaveLength(new Set(ofConversations).size);
      } finally {
        await close();
      }
    }),
    { numRuns: 30 },
  );
});
