import { isNexusError } from '../../errors.ts';
import type { AuditEntry, AuditLog, AuditQuery } from '../../ports/audit-log.ts';
import { CHAIN_START, linkedTo } from '../../storage-kit/audit-chain.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What an audit log has to do, asked of two logs over one place. */
interface AuditLogCheck {
  readonly name: string;
  readonly check: (log: AuditLog, other: AuditLog) => Promise<void>;
}

const START_MS = 1_767_225_600_000;

/** An entry of a number, a second after the one before it. */
function entryOf(number: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    id: `entry-${String(number).padStart(6, '0')}`,
    atMs: START_MS + number * 1_000,
    kind: 'request',
    actor: 'app',
    role: 'user',
    action: 'POST /v1/chat/completions',
    target: '/v1/chat/completions',
    outcome: 'ok',
    status: 200,
    code: null,
    requestId: `req_${String(number)}`,
    address: '192.0.2.1',
    durationMs: 12,
    details: null,
    ...more,
  };
}

function entriesOf(count: number, first = 1): AuditEntry[] {
  return Array.from({ length: count }, (_, place) => entryOf(first + place));
}

const ACTION: Partial<AuditEntry> = {
  kind: 'action',
  actor: null,
  role: null,
  action: 'providers.update',
  target: 'main',
  outcome: 'failed',
  status: null,
  code: 'conflict',
  requestId: null,
  address: null,
  durationMs: null,
  details: '{"before":{"rate_limit":1},"after":{"rate_limit":2}}',
};

async function numbersOf(log: AuditLog, query: Partial<AuditQuery>): Promise<number[]> {
  const { data } = await log.page({ limit: 100, ...query });
  return data.map(({ sequence }) => sequence);
}

/** Checks by the ids of their cases. */
export const auditLogChecks: Readonly<Record<string, AuditLogCheck>> = {
  empty: {
    name: 'an empty log has a chain that is not begun',
    check: async (log) => {
      expectSame('its head', await log.head(), { checkpoint: CHAIN_START, last: CHAIN_START });
      expectSame('its entries', await log.after(0, 10), []);
      expectSame('its page', await log.page({ limit: 10 }), { data: [], hasMore: false });
      await log.append([]);
      expectSame('its head, when nothing was added', (await log.head()).last, CHAIN_START);
    },
  },
  chain: {
    name: 'entries stand in their order, each with the hash of the one before, and come back as they went in',
    check: async (log, other) => {
      const entries = [...entriesOf(3), entryOf(4, ACTION)];
      await log.append(entries.slice(0, 2));
      await other.append(entries.slice(2));
      const expected = linkedTo(CHAIN_START, entries);
      expectSame('the entries', await log.after(0, 10), expected);
      const last = { sequence: 4, hash: expected.at(-1)?.hash };
      expectSame('the head', await log.head(), { checkpoint: CHAIN_START, last });
    },
  },
  once: {
    name: 'an entry that comes again stands there once',
    check: async (log, other) => {
      await log.append(entriesOf(3));
      await other.append(entriesOf(4));
      await log.append([...entriesOf(1, 5), ...entriesOf(1, 5)]);
      expectSame('the entries', await log.after(0, 10), linkedTo(CHAIN_START, entriesOf(5)));
    },
  },
  late: {
    name: 'an entry stands there once in whatever order ids come, and whatever they are made of',
    check: async (log, other) => {
      // Which of the last two comes first depends on whether bytes are compared, or halves of characters.
      const odd = ['entry-é', 'entry-\u{10000}', 'entry-\uff5e'].map((id) => entryOf(0, { id }));
      const inOrder = [entryOf(5), entryOf(2), ...odd, entryOf(4)];
      await log.append(inOrder.slice(0, 1));
      await other.append(inOrder.slice(1, 4));
      await log.append(inOrder);
      await other.append(inOrder.toReversed());
      expectSame('the entries', await log.after(0, 10), linkedTo(CHAIN_START, inOrder));
    },
  },
  race: {
    name: 'many that append at once make one chain',
    check: async (log, other) => {
      const appends = Array.from({ length: 40 }, (_, place) =>
        (place % 2 === 0 ? log : other).append(entriesOf(3, place * 3)),
      );
      await Promise.all(appends);
      const stored = await log.after(0, 200);
      expectSame('the chain', stored, linkedTo(CHAIN_START, stored));
      expectSame(
        'the entries',
        stored.map(({ id }) => id).sort(),
        entriesOf(120, 0).map(({ id }) => id),
      );
    },
  },
  texts: {
    name: 'texts come back as they went in, whatever they are',
    check: async (log) => {
      const isWhole = (text: string): boolean => !/\0|\p{Surrogate}/u.test(text);
      const entries = ODD_TEXTS.filter(isWhole).map((text, place) =>
        entryOf(place, { actor: text, target: text, requestId: text, details: JSON.stringify({ after: text }) }),
      );
      await log.append(entries);
      expectSame('the entries', await log.after(0, 100), linkedTo(CHAIN_START, entries));
    },
  },
  pages: {
    name: 'pages go from the newest to the oldest, and oldest first from a number on',
    check: async (log) => {
      await log.append(entriesOf(10));
      const first = await log.page({ limit: 4 });
      expectSame('the first page', [first.data.map(({ sequence }) => sequence), first.hasMore], [[10, 9, 8, 7], true]);
      const last = await log.page({ limit: 6, before: 7 });
      expectSame(
        'the last page',
        [last.data.map(({ sequence }) => sequence), last.hasMore],
        [[6, 5, 4, 3, 2, 1], false],
      );
      const after = await log.after(4, 3);
      expectSame(
        'from a number on',
        after.map(({ sequence }) => sequence),
        [5, 6, 7],
      );
      expectSame('behind the last', await log.after(10, 3), []);
    },
  },
  filters: {
    name: 'a page has what was asked for, and nothing else',
    check: async (log) => {
      await log.append([
        entryOf(1),
        entryOf(2, ACTION),
        entryOf(3, { actor: 'Émile', outcome: 'refused', status: 403, code: 'forbidden' }),
      ]);
      const at = START_MS + 2_000;
      const asked: readonly (readonly [Partial<AuditQuery>, number[]])[] = [
        [{ actor: 'app' }, [1]],
        [{ action: 'providers.update' }, [2]],
        [{ target: 'main' }, [2]],
        [{ outcome: 'refused' }, [3]],
        [{ status: 200 }, [1]],
        [{ fromMs: at }, [3, 2]],
        [{ toMs: at }, [1]],
        [{ fromMs: at, toMs: at + 1 }, [2]],
        [{ search: 'FORBIDDEN' }, [3]],
        [{ search: 'viders.up' }, [2]],
        [{ search: '192.0.2.1' }, [3, 1]],
        [{ search: 'req_1' }, [1]],
        [{ search: '%' }, []],
        [{ search: 'req_', status: 403 }, [3]],
        [{ search: 'e', before: 3 }, [2, 1]],
        [{ actor: 'nobody' }, []],
      ];
      for (const [query, numbers] of asked)
        expectSame(`what is found by ${JSON.stringify(query)}`, await numbersOf(log, query), numbers);
    },
  },
  removing: {
    name: 'what is taken out leaves its last link behind, from which the chain goes on',
    check: async (log, other) => {
      const entries = linkedTo(CHAIN_START, entriesOf(6));
      await log.append(entriesOf(6));
      const [, , , fourth] = entries;
      if (!fourth) throw new Error('There are six.');
      await other.remove({ sequence: 4, hash: fourth.hash });
      const link = { sequence: 4, hash: fourth.hash };
      expectSame('the checkpoint', (await log.head()).checkpoint, link);
      expectSame('what is left', await log.after(0, 10), entries.slice(4));
      await log.append(entriesOf(1, 7));
      expectSame(
        'what follows',
        await log.after(6, 10),
        linkedTo({ sequence: 6, hash: entries[5]?.hash ?? '' }, entriesOf(1, 7)),
      );
    },
  },
  emptied: {
    name: 'a log from which everything was taken goes on with its numbers',
    check: async (log) => {
      await log.append(entriesOf(2));
      const { last } = await log.head();
      await log.remove(last);
      expectSame('its head', await log.head(), { checkpoint: last, last });
      await log.append(entriesOf(1, 3));
      expectSame('what follows', await log.after(0, 10), linkedTo(last, entriesOf(1, 3)));
    },
  },
  foreign: {
    name: 'nothing is taken out up to a place that is not there',
    check: async (log) => {
      await log.append(entriesOf(3));
      const [first] = await log.after(0, 1);
      const hash = first?.hash ?? '';
      for (const link of [
        { sequence: 2, hash },
        { sequence: 9, hash },
        { sequence: 0, hash: CHAIN_START.hash },
      ]) {
        const cause: unknown = await log.remove(link).then(
          () => undefined,
          (error: unknown) => error,
        );
        expectSame(`the error for ${JSON.stringify(link)}`, isNexusError(cause) && cause.code, 'conflict');
      }
      expectSame('the entries', (await log.after(0, 10)).length, 3);
    },
  },
};
