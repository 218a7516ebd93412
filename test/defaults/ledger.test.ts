import fc from 'fast-check';
import { memoryLedger } from 'nexusai-hub';
import type { LedgerEntry } from 'nexusai-hub/ports';
import { describe, expect, it } from 'vitest';

/** An entry of one conversation, with a message of so many characters. */
function entryOf(number: number, conversation = `conv_${number}`, length = 10): LedgerEntry {
  const id = `entry_${number}`;
  const json = JSON.stringify({ role: 'user', content: `${number} ${'x'.repeat(length)}` });
  return {
    id,
    record: {
      requestId: `req_${number}`,
      operation: 'chat',
      callerId: 'app',
      conversationId: conversation,
      newConversation: false,
      model: 'm',
      streamed: false,
      startedAtMs: number,
      durationMs: 1,
      outcome: 'error',
      error: 'no_target',
      attempts: [],
      usage: undefined,
      usageProvenance: 'absent',
      costNanoUsd: null,
      priceVersion: undefined,
    },
    messages: [{ position: 0, role: 'user', from: 'caller', json }],
  };
}

describe('M4: memory', () => {
  it('keeps so many entries, and the oldest go first', async () => {
    const ledger = memoryLedger({ maxEntries: 100 });
    for (let number = 0; number < 1_000; number++) await ledger.append([entryOf(number)]);
    expect(await ledger.summary({})).toMatchObject({ requests: 100, conversations: 100 });
    expect(await ledger.summary({ fromMs: 900 })).toMatchObject({ requests: 100 });
    expect(await ledger.conversation('conv_899')).toEqual([]);
    expect(await ledger.conversation('conv_900')).toHaveLength(1);
    expect(ledger.forgotten()).toBe(900);
  });

  it('keeps so many bytes', async () => {
    const ledger = memoryLedger({ maxBytes: 1_000_000 });
    for (let number = 0; number < 100; number++) await ledger.append([entryOf(number, 'one', 50_000)]);
    const [conversation] = await ledger.conversation('one');
    expect(conversation?.messages).toBeGreaterThan(5);
    expect(conversation?.messages).toBeLessThan(10);
    await ledger.append([entryOf(100, 'huge', 2_000_000)]);
    expect(await ledger.conversation('one')).toHaveLength(1);
    expect(await ledger.conversation('huge')).toMatchObject([{ requests: 1, messages: 0 }]);
  });

  it('shows how a conversation began, also where that is gone', async () => {
    const ledger = memoryLedger({ maxEntries: 2 });
    for (let number = 0; number < 4; number++) await ledger.append([entryOf(number, 'one', 0)]);
    const { data } = await ledger.conversations({ limit: 10 });
    expect(data).toMatchObject([{ preview: '0', requests: 2, startedAtMs: 2, lastAtMs: 3 }]);
  });

  it('shows that of each caller by itself, in whatever order requests come', async () => {
    const coming = fc.record({
      id: fc.nat(2),
      callerId: fc.constantFrom('app', 'other', undefined),
      isSilent: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(coming, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (all, maxEntries) => {
        const ledger = memoryLedger({ maxEntries });
        const kept: { name: string; preview: string | null }[] = [];
        const previews = new Map<string, string | null>();
        for (const [number, { id, callerId, isSilent }] of all.entries()) {
          const { record, ...entry } = entryOf(number, `conv_${id}`, 0);
          await ledger.append([
            { ...entry, record: { ...record, callerId }, messages: isSilent ? [] : entry.messages },
          ]);
          const name = `conv_${id} of ${callerId ?? ''}`;
          const preview = isSilent ? null : String(number);
          kept.push({ name, preview });
          previews.set(name, previews.get(name) ?? preview);
          const [gone] = kept.length > maxEntries ? kept.splice(0, 1) : [];
          if (gone && kept.every((one) => one.name !== gone.name)) previews.delete(gone.name);
          const { data } = await ledger.conversations({ limit: 100 });
          const shown = data.map((one) => [`${one.id} of ${one.callerId ?? ''}`, one.preview, one.requests] as const);
          const requests = (name: string): number => kept.filter((one) => one.name === name).length;
          const expected = [...previews].map(([name, preview]) => [name, preview, requests(name)] as const);
          expect(shown.toSorted()).toEqual(expected.toSorted());
        }
      }),
    );
  });

  it('looks at no other callers when an entry goes, however many name one conversation', async () => {
    /** How often a caller is looked at for each entry that comes where another one goes. */
    const looksOf = async (callers: number): Promise<number> => {
      const ledger = memoryLedger({ maxEntries: 2 * callers });
      let looks = 0;
      const append = (number: number): Promise<void> => {
        const { record, ...entry } = entryOf(number, 'shared', 0);
        const counted = { ...record, get callerId() { looks++; return `caller ${number % callers}`; } }; // prettier-ignore
        return ledger.append([{ ...entry, record: counted }]);
      };
      for (let number = 0; number < 2 * callers; number++) await append(number);
      looks = 0;
      for (let number = 2 * callers; number < 4 * callers; number++) await append(number);
      expect(ledger.forgotten()).toBe(2 * callers);
      return looks / (2 * callers);
    };
    for (const callers of [10, 1_000]) expect(await looksOf(callers)).toBeLessThan(4);
  });

  it('knows an entry that comes again', async () => {
    const ledger = memoryLedger({ maxEntries: 100 });
    const entries = Array.from({ length: 100 }, (_, number) => entryOf(number));
    for (const one of [entries.slice(0, 50), entries.toReversed(), entries]) await ledger.append(one);
    expect(await ledger.summary({})).toMatchObject({ requests: 100 });
    expect(ledger.forgotten()).toBe(0);
  });
});

it.each([{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxBytes: NaN }])('refuses the bound %j', (bounds) => {
  expect(() => memoryLedger(bounds)).toThrow(/^memoryLedger: max(Entries|Bytes) must be a whole number over 0, not/);
});
