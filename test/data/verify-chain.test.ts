import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { memoryAuditLog, verifyChain } from 'nexusai-hub';
import type { AuditEntry, AuditHead, AuditLog, LinkedAuditEntry } from 'nexusai-hub/ports';
import { CHAIN_START, hashOf, linkedTo } from 'nexusai-hub/storage-kit';
import { describe, expect, it } from 'vitest';

const text = fc.option(fc.string({ unit: 'grapheme' }), { nil: null });
const number = fc.option(fc.nat(), { nil: null });
const entryArbitrary: fc.Arbitrary<AuditEntry> = fc.record({
  id: fc.uuid(),
  atMs: fc.nat({ max: 4_000_000_000_000 }),
  kind: fc.constantFrom('request', 'action'),
  actor: text,
  role: text,
  action: fc.string(),
  target: text,
  outcome: fc.constantFrom('ok', 'refused', 'failed', 'cancelled'),
  status: number,
  code: text,
  requestId: text,
  address: text,
  durationMs: number,
  details: text,
});

/** A chain behind a place that is not the first, so that checkpoints are looked at too. */
const chainArbitrary = fc
  .tuple(fc.uniqueArray(entryArbitrary, { selector: ({ id }) => id, minLength: 3, maxLength: 20 }), fc.nat(5))
  .map(([entries, before]) => linkedTo({ sequence: before, hash: String(before).padStart(64, 'a') }, entries));

/** Rows somebody has put there by hand, and what the log remembers of its ends. */
function logOf(rows: readonly LinkedAuditEntry[], head: AuditHead): Pick<AuditLog, 'after' | 'head'> {
  const inOrder = [...rows].sort((one, other) => one.sequence - other.sequence);
  return {
    head: () => Promise.resolve(head),
    // Small pages: links between them are looked at as well.
    after: (sequence, limit) =>
      Promise.resolve(inOrder.filter((row) => row.sequence > sequence).slice(0, Math.min(limit, 4))),
  };
}

function headOf(chain: readonly LinkedAuditEntry[]): AuditHead {
  const [first] = chain;
  const last = chain.at(-1);
  if (!first || !last) throw new Error('A chain has entries.');
  return {
    checkpoint: { sequence: first.sequence - 1, hash: first.previousHash },
    last: { sequence: last.sequence, hash: last.hash },
  };
}

async function brokenAt(rows: readonly LinkedAuditEntry[], chain: readonly LinkedAuditEntry[]): Promise<unknown> {
  const { broken } = await verifyChain(logOf(rows, headOf(chain)));
  return broken && [broken.problem, broken.sequence];
}

/** A chain, and one of its entries. */
const placed = chainArbitrary.chain((chain) => fc.tuple(fc.constant(chain), fc.nat(chain.length - 1)));

describe('a chain', () => {
  it('that nobody touched holds', async () => {
    await fc.assert(
      fc.asyncProperty(chainArbitrary, async (chain) => {
        const report = await verifyChain(logOf(chain, headOf(chain)));
        expect(report).toMatchObject({ broken: undefined, checked: chain.length, to: headOf(chain).last });
      }),
    );
  });

  it('shows any changed member of any entry, where it is', async () => {
    const change = fc.tuple(placed, entryArbitrary, fc.constantFrom(...members()));
    await fc.assert(
      fc.asyncProperty(change, async ([[chain, place], other, member]) => {
        const entry = chain[place];
        if (!entry || entry[member] === other[member]) return;
        const changed = { ...entry, [member]: other[member] };
        expect(await brokenAt(chain.with(place, changed), chain)).toEqual(['changed', entry.sequence]);
        // Somebody who knows how hashes are made has to change all that follow, and the log remembers the last.
        const hashed = { ...changed, hash: hashOf(changed, changed.sequence, changed.previousHash) };
        const isLast = place === chain.length - 1;
        expect(await brokenAt(chain.with(place, hashed), chain)).toEqual(
          isLast ? ['changed', entry.sequence] : ['order', entry.sequence + 1],
        );
        const anew = linkedTo({ sequence: entry.sequence - 1, hash: entry.previousHash }, [changed, ...chain.slice(place + 1)]);
        expect(await brokenAt([...chain.slice(0, place), ...anew], chain)).toEqual(['changed', headOf(chain).last.sequence]);
      }),
      { numRuns: 300 },
    );
  });

  it('shows a hash that was changed', async () => {
    await fc.assert(
      fc.asyncProperty(placed, fc.constantFrom('hash', 'previousHash'), async ([chain, place], member) => {
        const entry = chain[place];
        if (!entry) return;
        const rows = chain.with(place, { ...entry, [member]: '0'.repeat(64) });
        expect(await brokenAt(rows, chain)).toEqual(['changed', entry.sequence]);
      }),
    );
  });

  it('shows any entries that were removed, at the first of them', async () => {
    await fc.assert(
      fc.asyncProperty(placed, fc.integer({ min: 1, max: 5 }), async ([chain, place], count) => {
        const rows = chain.toSpliced(place, count);
        expect(await brokenAt(rows, chain)).toEqual(['missing', chain[place]?.sequence]);
      }),
    );
  });

  it('shows an entry that was put in, however well it was made', async () => {
    await fc.assert(
      fc.asyncProperty(placed, entryArbitrary, async ([chain, place], entry) => {
        const after = chain[place];
        if (!after) return;
        const moved = chain.slice(place).map((row) => ({ ...row, sequence: row.sequence + 1 }));
        const last = { sequence: after.sequence - 1, hash: after.previousHash };
        const forged = linkedTo(last, [entry]);
        expect(await brokenAt([...chain.slice(0, place), ...forged, ...moved], chain)).toEqual(
          place === chain.length - 1 ? ['changed', after.sequence] : ['changed', after.sequence + 1],
        );
      }),
    );
  });

  it('shows two entries that were swapped, at the first of them', async () => {
    const swap = chainArbitrary.chain((chain) =>
      fc.tuple(fc.constant(chain), fc.uniqueArray(fc.nat(chain.length - 1), { minLength: 2, maxLength: 2 })),
    );
    await fc.assert(
      fc.asyncProperty(swap, async ([chain, places]) => {
        const [low = 0, high = 0] = places.toSorted((one, other) => one - other);
        const [one, other] = [chain[low], chain[high]];
        if (!one || !other) return;
        const rows = chain.with(low, { ...other, sequence: one.sequence }).with(high, { ...one, sequence: other.sequence });
        expect(await brokenAt(rows, chain)).toEqual(['changed', one.sequence]);
      }),
    );
  });

  it('shows that it was cut or made anew, by what was noted elsewhere', async () => {
    const [first, second, third] = linkedTo(CHAIN_START, entries(3));
    const log = memoryAuditLog();
    await log.append(entries(3).map((entry) => ({ ...entry, actor: 'somebody else' })));
    expect((await verifyChain(log)).broken).toBeUndefined();
    const expect2 = { sequence: 2, hash: second?.hash ?? '' };
    expect((await verifyChain(log, { expect: expect2 })).broken).toMatchObject({ sequence: 2, problem: 'changed' });
    expect([first, third]).toHaveLength(2);
  });

  it('can be looked at in parts', async () => {
    const log = memoryAuditLog();
    await log.append(entries(20));
    expect(await verifyChain(log, { from: 5, to: 9 })).toMatchObject({ checked: 5, from: { sequence: 4 }, to: { sequence: 9 } });
    expect(await verifyChain(log, { from: 20, to: 20 })).toMatchObject({ checked: 1, broken: undefined });
  });

  it.each([
    [{ from: 21 }, 'request_invalid'],
    [{ from: 99_999 }, 'request_invalid'],
    [{ to: 21 }, 'request_invalid'],
    [{ from: 9, to: 5 }, 'request_invalid'],
    [{ from: 0 }, 'request_invalid'],
    [{ from: 2, to: 3 }, 'not_found'],
  ])('says nothing of what is not there: %j is %s', async (range, code) => {
    const log = memoryAuditLog();
    await log.append(entries(20));
    const [upTo] = await log.after(2, 1);
    await log.remove(upTo!);
    await expect(verifyChain(log, range)).rejects.toMatchObject({ code });
    expect(await verifyChain(log, { from: 2, to: 5 })).toMatchObject({ from: { sequence: 3 }, checked: 2 });
  });

  it('holds while its beginning is taken out', async () => {
    const log = memoryAuditLog({ maxEntries: 10_000 });
    await log.append(entries(2_000));
    let asked = 0;
    const leaving: Pick<AuditLog, 'after' | 'head'> = {
      head: () => log.head(),
      async after(sequence, limit) {
        if (asked++ === 1) {
          const [upTo] = await log.after(1_199, 1);
          if (upTo) await log.remove({ sequence: upTo.sequence, hash: upTo.hash });
        }
        return log.after(sequence, limit);
      },
    };
    expect(await verifyChain(leaving)).toMatchObject({ broken: undefined, from: { sequence: 1_200 }, checked: 800 });
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('the formula', () => {
  it.skipIf(!hasPython)('is the one that outsiders are told of', () => {
    const [entry] = linkedTo(CHAIN_START, [{ ...entryOf(1), actor: 'Zoë 🙂 "x"\n\u2028', details: '{"a":1}' }]);
    const [, python = ''] = /```python\n(.*?)```/s.exec(readFileSync('docs/audit.md', 'utf8')) ?? [];
    const program = `${python}\nimport sys\nprint(hash_of(json.loads(sys.stdin.read())))`;
    const { requestId, durationMs, previousHash, atMs, ...rest } = entry ?? entryOf(1) as LinkedAuditEntry;
    const exported = { ...rest, at: new Date(atMs).toISOString(), request_id: requestId, duration_ms: durationMs, previous_hash: previousHash };
    const found = execFileSync('python3', ['-c', program], { input: JSON.stringify(exported), encoding: 'utf8' });
    expect(found.trim()).toBe(entry?.hash);
  });
});

function members(): readonly (keyof AuditEntry)[] {
  return Object.keys(entryOf(1)) as (keyof AuditEntry)[];
}

function entries(count: number): AuditEntry[] {
  return Array.from({ length: count }, (_, place) => entryOf(place + 1));
}

function entryOf(place: number): AuditEntry {
  return {
    id: `entry-${place}`,
    atMs: 1_767_225_600_000 + place,
    kind: 'request',
    actor: 'app',
    role: 'user',
    action: 'GET /v1/models',
    target: '/v1/models',
    outcome: 'ok',
    status: 200,
    code: null,
    requestId: `req_${place}`,
    address: null,
    durationMs: 1,
    details: null,
  };
}
