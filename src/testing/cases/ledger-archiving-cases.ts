import type { Ledger, StoredEntry } from '../../ports/index.ts';
import type { LedgerCheck } from './ledger-samples.ts';
import { allOf, attempt, DAY, entry, expectEqual, HOUR, NOON } from './ledger-samples.ts';

type Archivable = Ledger & Required<Pick<Ledger, 'expired' | 'remove' | 'restore' | 'claim'>>;

/** Old entries are taken out, and can be put back; what they were counted in stays as it is. */
export const ledgerArchivingCases: Readonly<Record<string, LedgerCheck>> = {
  'oldest-first': {
    lesson: 'P4',
    name: 'what is idle for longest comes first, a conversation as a whole, and nothing that was of use later',
    check: async (opened) => {
      const ledger = archivable(opened);
      await ledger.append([
        entry({ id: 'a1', conversationId: 'a', startedAtMs: NOON, says: ['one'] }),
        entry({ id: 'b1', conversationId: 'b', startedAtMs: NOON + 1, says: ['two'] }),
        entry({ id: 'lone', startedAtMs: NOON + 2 }),
        entry({ id: 'a2', conversationId: 'a', startedAtMs: NOON + HOUR, says: ['three'], position: 1 }),
        // The same id of another caller is another conversation.
        entry({ id: 'c1', conversationId: 'a', callerId: 'other', startedAtMs: NOON + 2 * HOUR }),
        entry({ id: 'late', startedAtMs: NOON + 2 * HOUR }),
      ]);
      expectEqual('order', await idsOf(ledger, NOON + 2 * HOUR), ['b1', 'a1', 'a2', 'lone']);
      expectEqual('of conversations and of none', await idsOf(ledger, NOON + HOUR), ['b1', 'lone']);
      expectEqual('nothing', await idsOf(ledger, NOON), []);
      const [, first] = await allOf(ledger.expired(NOON + 2 * HOUR));
      const times = { startedAtMs: NOON, lastAtMs: NOON + HOUR };
      expectEqual('conversation', first?.conversation, { id: 'a', callerId: 'app', preview: 'one', ...times });
      expectEqual('idle since', first?.idleSinceMs, NOON + HOUR);
      expectEqual('of none', (await allOf(ledger.expired(NOON + 3))).at(-1)?.conversation, null);
    },
  },
  'put-back': {
    lesson: 'P4',
    name: 'what was taken out is gone but for the sums, and is as it was when it is put back',
    check: async (opened, reopen) => {
      let ledger = archivable(opened);
      const failed = attempt({ outcome: 'error', error: 'provider_unavailable', usage: undefined, costNanoUsd: null });
      await ledger.append([
        entry({ id: 'a1', conversationId: 'a', says: ['你好 \u2028', 'x\u0000y'], answers: '👋' }),
        entry({
          id: 'a2',
          conversationId: 'a',
          startedAtMs: NOON + 5,
          attempts: [failed, attempt({ reason: 'next' })],
        }),
        entry({ id: 'lone', attempts: [], outcome: 'error' }),
        entry({ id: 'young', conversationId: 'y', startedAtMs: NOON + DAY, says: ['Hello'] }),
      ]);
      const before = await seen(ledger);
      const old = await allOf(ledger.expired(NOON + HOUR));
      await ledger.remove(old);
      await ledger.remove(old);
      ledger = archivable(await reopen());
      expectEqual(
        'left',
        (await allOf(ledger.attempts({}))).map(({ entryId }) => entryId),
        ['young'],
      );
      expectEqual('messages left', (await allOf(ledger.messages({}))).length, 1);
      expectEqual('conversation', await ledger.conversation('a'), []);
      expectEqual('more to take', await idsOf(ledger, NOON + HOUR), []);
      expectEqual('sums', (await seen(ledger)).sums, before.sums);
      // As a file has it.
      const read = JSON.parse(JSON.stringify(old)) as StoredEntry[];
      expectEqual('put back', await ledger.restore(read), 3);
      expectEqual('put back again', await ledger.restore(read), 0);
      expectEqual('all', await seen(ledger), before);
    },
  },
  'in-part': {
    name: 'of a conversation a part can be taken out, also while it goes on, and comes back to the rest',
    check: async (opened) => {
      const ledger = archivable(opened);
      const say = (id: string, position: number, atMs: number): Promise<void> =>
        ledger.append([entry({ id, conversationId: 'a', startedAtMs: atMs, says: [id], position, model: `m-${id}` })]);
      for (const [place, id] of ['one', 'two', 'three'].entries()) await say(id, place, NOON + place);
      const old = await allOf(ledger.expired(NOON + HOUR));
      await say('four', 3, NOON + DAY);
      const before = await seen(ledger);
      await ledger.remove(old.slice(0, 2));
      const [rest] = await ledger.conversation('a');
      expectEqual('requests', [rest?.requests, rest?.messages, rest?.tokens.total], [2, 2, 30]);
      expectEqual('cost', rest?.costNanoUsd, 2_000);
      expectEqual(
        'lines',
        rest?.attemptLines.map(({ entryId }) => entryId),
        ['three', 'four'],
      );
      await ledger.remove(old);
      expectEqual('still there', (await ledger.conversation('a'))[0]?.requests, 1);
      expectEqual('put back', await ledger.restore(old), 3);
      expectEqual('all', await seen(ledger), before);
    },
  },
  many: {
    lesson: 'P4',
    name: 'many conversations and a long one are read to their end while they are taken out',
    check: async (opened) => {
      const ledger = archivable(opened);
      const long = Array.from({ length: 700 }, (_, place) =>
        entry({
          id: `l${String(place)}`,
          conversationId: 'long',
          startedAtMs: NOON + place,
          says: ['x'],
          position: place,
        }),
      );
      const short = Array.from({ length: 300 }, (_, place) => {
        const startedAtMs = NOON + place * 10;
        return entry({ id: `s${String(place)}`, conversationId: `c${String(place)}`, startedAtMs, says: ['y'] });
      });
      const lone = Array.from({ length: 450 }, (_, place) => entry({ id: `n${String(place)}`, startedAtMs: NOON }));
      await ledger.append([...long, ...short, ...lone]);
      const sums = await ledger.summary({});
      const taken: string[] = [];
      let chunk: StoredEntry[] = [];
      for await (const one of ledger.expired(NOON + DAY)) {
        taken.push(one.entryId);
        expectEqual('what was said', one.messageLines.length, one.conversation ? 1 : 0);
        chunk.push(one);
        if (chunk.length < 60) continue;
        await ledger.remove(chunk);
        chunk = [];
      }
      await ledger.remove(chunk);
      expectEqual('entries', [taken.length, new Set(taken).size], [1_450, 1_450]);
      expectEqual('lines', (await allOf(ledger.attempts({}))).length, 0);
      expectEqual('conversations', (await ledger.conversations({ limit: 1 })).data, []);
      expectEqual('sums', await ledger.summary({}), { ...sums, conversations: 0 });
    },
  },
  claims: {
    name: 'a task is one owner’s until its time is over',
    check: async (opened, reopen) => {
      let ledger = archivable(opened);
      const claim = (task: string, owner: string, nowMs: number, untilMs: number): Promise<boolean> =>
        ledger.claim({ task, owner, nowMs, untilMs });
      expectEqual('the first', await claim('t', 'one', 0, 100), true);
      expectEqual('another', await claim('t', 'two', 99, 200), false);
      expectEqual('another task', await claim('u', 'two', 99, 200), true);
      expectEqual('the same owner', await claim('t', 'one', 99, 150), true);
      ledger = archivable(await reopen());
      expectEqual('another, too early', await claim('t', 'two', 149, 300), false);
      expectEqual('another, in time', await claim('t', 'two', 150, 300), true);
      expectEqual('the owner before', await claim('t', 'one', 200, 300), false);
      expectEqual('given back', await claim('t', 'two', 200, 200), true);
      const both = await Promise.all(['one', 'three'].map((owner) => claim('t', owner, 200, 300)));
      expectEqual('one of two', both.filter(Boolean).length, 1);
    },
  },
};

function archivable(ledger: Ledger): Archivable {
  for (const verb of ['expired', 'remove', 'restore', 'claim'] as const)
    if (!ledger[verb]) throw new Error(`The ledger has no "${verb}".`);
  return ledger as Archivable;
}

async function idsOf(ledger: Archivable, beforeMs: number): Promise<string[]> {
  return (await allOf(ledger.expired(beforeMs))).map(({ entryId }) => entryId);
}

/** All that a ledger shows. */
async function seen(ledger: Ledger): Promise<{ readonly sums: unknown; readonly kept: unknown }> {
  const { conversations: _, ...sums } = await ledger.summary({});
  const usage = await ledger.usage({ groupBy: ['model', 'provider', 'key', 'hour'] });
  const byId = <Line extends { readonly entryId: string }>(lines: readonly Line[]): Line[] =>
    [...lines].sort((one, other) => (one.entryId < other.entryId ? -1 : 1));
  return {
    sums: [sums, usage, await ledger.spentSince(0)],
    kept: [
      (await ledger.conversations({ limit: 100 })).data,
      await ledger.conversation('a'),
      byId(await allOf(ledger.attempts({}))),
      await allOf(ledger.messages({})),
    ],
  };
}
