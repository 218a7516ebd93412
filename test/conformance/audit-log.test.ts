import { memoryAuditLog } from 'nexusai-hub';
import type { AuditLog } from 'nexusai-hub/ports';
import { auditLogCases, type AuditLogPlace } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

/** A place in memory whose logs may be spoilt. */
function place(spoil: (log: AuditLog) => Partial<AuditLog> = () => ({})): AuditLogPlace {
  const log = memoryAuditLog();
  const spoilt: AuditLog = {
    append: (entries) => log.append(entries),
    page: (query) => log.page(query),
    after: (sequence, limit) => log.after(sequence, limit),
    head: () => log.head(),
    remove: (upTo) => log.remove(upTo),
    ...spoil(log),
  };
  return { open: () => spoilt };
}

describe('memory does what every audit log has to do', () => {
  for (const { name, run, skipped } of auditLogCases(() => place())) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  async function failures(make: () => AuditLogPlace): Promise<string[]> {
    const failed: string[] = [];
    for (const { id, run } of auditLogCases(make)) await run().catch(() => failed.push(id));
    return failed;
  }

  it.each<[wrong: string, failed: string[], spoil: (log: AuditLog) => Partial<AuditLog>]>([
    [
      'takes an entry twice',
      ['once'],
      (log) => ({
        append: (some) => log.append(some.map((one, place) => ({ ...one, id: `${one.id}${place}${Math.random()}` }))),
      }),
    ],
    ['forgets the filter', ['filters'], (log) => ({ page: ({ limit, before }) => log.page({ limit, before }) })],
    ['starts its numbers anew', ['removing', 'emptied'], restarting],
    [
      'takes out what is not there',
      ['foreign'],
      (log) => ({ remove: (upTo) => log.remove(upTo).catch(() => undefined) }),
    ],
  ])('find a log that %s', async (_wrong, failed, spoil) => {
    expect(await failures(() => place(spoil))).toEqual(expect.arrayContaining(failed));
  });
});

function restarting(): Partial<AuditLog> {
  let log = memoryAuditLog();
  return {
    append: (entries) => log.append(entries),
    after: (sequence, limit) => log.after(sequence, limit),
    head: () => log.head(),
    async remove(upTo) {
      const kept = await log.after(upTo.sequence, 1_000);
      log = memoryAuditLog();
      await log.append(kept);
    },
  };
}
