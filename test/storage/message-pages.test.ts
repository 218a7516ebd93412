import fc from 'fast-check';
import { expect, it } from 'vitest';

import { stepsOver } from '../../adapters/storage/sql/storage-steps.ts';
import { type MessageCursor, messagePage } from '../../adapters/storage/sql/message-page.ts';
import { openDatabase } from '../../adapters/storage/sqlite/open-database.ts';
import { SQLITE } from '../../adapters/storage/sqlite/sqlite-dialect.ts';
import { entry, NOON } from '../views/set-up.ts';

const MOST_BYTES = 2_000;
/** One of which many fit into a page, one that fills it with another, and one that does not fit. */
const SIZES = { small: 100, large: 900, huge: 5_000 };
type Size = keyof typeof SIZES;

/** Every page of messages that conversations of these sizes leave: what was said, and how many bytes that is. */
async function pagesOf(conversations: readonly (readonly Size[])[], mostBytes?: number): Promise<Page[]> {
  const { db, close } = await openDatabase({ file: ':memory:', synchronous: 'normal', busyTimeoutMs: 1_000 });
  try {
    for (const [place, sizes] of conversations.entries()) {
      const entries = sizes.map((size, position) => {
        const id = `${place}-${position}`;
        const says = `${id} ${'茶'.repeat(SIZES[size] / 3)}`;
        return entry({ id, conversation: `c${place}`, atMs: NOON + place * 1_000 + position, position, says });
      });
      await stepsOver(db, SQLITE).append(entries);
    }
    const pages: Page[] = [];
    let cursor: MessageCursor | undefined;
    do {
      const { messages, next } = await messagePage(db, {}, cursor, mostBytes);
      const said = messages.map(({ json }) => /"content":"(\d+-\d+) /.exec(json)?.[1] ?? '');
      pages.push({ said, bytes: messages.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0) });
      cursor = next;
    } while (cursor);
    return pages;
  } finally {
    await close();
  }
}

interface Page {
  readonly said: readonly string[];
  readonly bytes: number;
}

it('M1: a page of messages weighs no more than it may, or is one message, and none is left out or comes twice', async () => {
  const sizes = fc.array(fc.constantFrom<Size>('small', 'small', 'large', 'huge'), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(sizes, { maxLength: 4 }), async (conversations) => {
      const pages = await pagesOf(conversations, MOST_BYTES);
      for (const { said, bytes } of pages) expect(said.length <= 1 || bytes <= MOST_BYTES).toBe(true);
      const all = conversations.flatMap((some, place) => some.map((_, position) => `${place}-${position}`));
      expect(pages.flatMap(({ said }) => said)).toEqual(all);
    }),
    { numRuns: 30 },
  );
});

it('small ones still come 200 at a time', async () => {
  const pages = await pagesOf([Array.from({ length: 450 }, (): Size => 'small')]);
  expect(pages.map(({ said }) => said.length)).toEqual([200, 200, 50]);
});
