import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';

import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startWorker } from '../../adapters/storage/sqlite/start-worker.ts';
import { Thread } from '../../adapters/storage/sqlite/thread.ts';
import { threadSteps } from '../../adapters/storage/sqlite/thread-steps.ts';
import { all, entry } from './entries.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-thread-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a ledger in threads', () => {
  it('reads what it wrote, also page by page, and keeps it', async () => {
    const file = join(folder, 'kept.sqlite');
    const ledger = sqliteLedger({ file });
    await ledger.append(Array.from({ length: 700 }, (_, place) => entry({ conversationId: `c-${place % 70}` })));
    expect(await ledger.summary({})).toMatchObject({ requests: 700, conversations: 70 });
    expect(await all(ledger.attempts({}))).toHaveLength(700);
    expect(await all(ledger.messages({}))).toHaveLength(1400);
    expect(await ledger.spentSince(0)).toEqual(new Map([['app', 700 * 450_000]]));
    const unanswered = ledger.append([entry()]);
    await ledger.close();
    await unanswered;
    await ledger.close();
    await expect(ledger.summary({})).rejects.toMatchObject({ name: 'LedgerError', code: 'closed' });
    expect(readdirSync(folder)).toEqual(['kept.sqlite']);
    const again = sqliteLedger({ file, thread: false });
    expect(await again.summary({})).toMatchObject({ requests: 701 });
    await again.close();
  });

  it('hands on what is wrong, by its name', async () => {
    const ledger = sqliteLedger({ file: folder });
    await expect(ledger.open()).rejects.toMatchObject({ name: 'LedgerError', code: 'unavailable' });
    await expect(ledger.append([entry()])).rejects.toThrow('is a folder');
    await ledger.close();
  });

  it('P1: says that a thread has died, and starts another', async () => {
    const started: Worker[] = [];
    const options = { file: join(folder, 'died.sqlite'), synchronous: 'normal', busyTimeoutMs: 1000 } as const;
    const thread = new Thread(options, (given) => {
      const worker = startWorker(given);
      started.push(worker);
      return worker;
    });
    await thread.ask('append', [entry()]);
    const [unanswered] = await Promise.allSettled([thread.ask('summary', {}), started[0]?.terminate()]);
    expect(unanswered).toMatchObject({ status: 'rejected', reason: { name: 'LedgerError', code: 'unavailable' } });
    expect(await thread.ask('summary', {})).toMatchObject({ requests: 1 });
    expect(started).toHaveLength(2);
    await thread.close();
  });

  it('P1: is open when both threads are: whoever reads first holds up nothing that is written', async () => {
    let started = 0;
    const options = { file: join(folder, 'both.sqlite'), synchronous: 'normal', busyTimeoutMs: 1000 } as const;
    const steps = threadSteps(options, (given) => {
      started++;
      return startWorker(given);
    });
    await steps.open();
    expect(started).toBe(2);
    await steps.close();
  }, 30_000);

  it('has a database in memory of its own', async () => {
    const ledger = sqliteLedger({ file: ':memory:' });
    await ledger.append([entry()]);
    expect(await ledger.summary({})).toMatchObject({ requests: 1 });
    await ledger.close();
  });
});
