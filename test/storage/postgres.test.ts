import { postgresLedger, type PostgresDatabaseOptions } from 'nexusai-hub/adapters/postgres';
import type { Ledger } from 'nexusai-hub/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createDatabase, hasPostgres, type TestDatabase } from '../services/postgres-server.ts';
import { entry, NOON } from './entries.ts';

const URL = 'postgresql://user:secret@127.0.0.1:1/none';

describe('options', () => {
  it.each([
    [{ url: 'mysql://host' }, 'url must be a postgresql:// URL'],
    [{ url: 'secret' }, 'what was given is not shown'],
    [{ url: URL, replicaUrl: '' }, 'replicaUrl must be'],
    [{ url: URL, connections: 0 }, 'connections must be a whole number of at least 1'],
    [{ url: URL, statementTimeoutMs: 0.5 }, 'statementTimeoutMs must be'],
  ])('%j: %s', (options, message) => {
    expect(() => postgresLedger(options as PostgresDatabaseOptions)).toThrow(message);
    expect(() => postgresLedger(options as PostgresDatabaseOptions)).not.toThrow(/secret/);
  });

  it('says that nobody is there, without the password, and tries again', async () => {
    const ledger = postgresLedger({ url: URL });
    const refused = { name: 'LedgerError', code: 'unavailable', message: expect.not.stringContaining('secret') };
    await expect(ledger.open()).rejects.toMatchObject(refused);
    await expect(ledger.append([entry()])).rejects.toMatchObject(refused);
    await ledger.close();
    await expect(ledger.summary({})).rejects.toMatchObject({ code: 'closed' });
  });
});

describe.skipIf(!hasPostgres)('postgresLedger', () => {
  let database: TestDatabase;
  const ledgers: Required<Ledger>[] = [];
  beforeAll(async () => {
    database = await createDatabase();
    ledgers.push(...Array.from({ length: 8 }, () => postgresLedger({ url: database.url, connections: 2 })));
  });
  afterAll(async () => {
    for (const ledger of ledgers) await ledger.close();
    await database.drop();
  });

  it('P2: eight write to the same conversations and sums at once, and none is in the way of another', async () => {
    const write = async (ledger: Required<Ledger>, writer: number): Promise<void> => {
      for (let batch = 0; batch < 15; batch++)
        await ledger.append(
          Array.from({ length: 24 }, (_, place) =>
            entry({
              // In an order of their own each.
              conversationId: `c-${(place * (2 * writer + 1)) % 12}`,
              callerId: `k-${(place + writer) % 3}`,
              model: `m-${(place * 5 + writer) % 4}`,
              startedAtMs: NOON + ((place * 7 + writer) % 5) * 3_600_000,
            }),
          ),
        );
    };
    await Promise.all(ledgers.map(write));
    expect(await ledgers[0]?.summary({})).toMatchObject({ requests: 8 * 15 * 24, attempts: 8 * 15 * 24 });
    const rows = await ledgers[0]?.usage({ groupBy: ['key', 'model', 'hour'] });
    expect(rows?.reduce((sum, { latencyMs }) => sum + latencyMs.count, 0)).toBe(8 * 15 * 24);
    const deadlocks = await database.query('select deadlocks from pg_stat_database where datname = current_database()');
    expect(deadlocks).toEqual([{ deadlocks: '0' }]);
  }, 60_000);

  it('counts an entry once that two write at the same time', async () => {
    const before = await ledgers[0]?.summary({});
    const batches = Array.from({ length: 10 }, () => [entry(), entry()]);
    for (const batch of batches) await Promise.all(ledgers.slice(0, 3).map((ledger) => ledger.append(batch)));
    expect(await ledgers[0]?.summary({})).toMatchObject({ requests: (before?.requests ?? 0) + 20 });
  }, 60_000);
});
