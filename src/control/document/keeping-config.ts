import { join } from 'node:path';
import type { NexusHubOptions } from '../../options.ts';
import { z } from 'zod';
import { count, isTimer, number, TIMER_RULE } from './config-values.ts';
import { given } from './given.ts';

type Retention = NonNullable<NexusHubOptions['retention']>;
type Backups = Omit<NonNullable<NexusHubOptions['backups']>, 'database'>;

// YAML 1.1 reads `off` as false, and many files are written for it.
const off = z.union([z.literal('off'), z.literal(false).transform(() => 'off' as const)]);
const folder = z.string('expected the path of a folder').min(1, 'expected the path of a folder').max(4_096);
const everyMs = number
  .refine((value) => value >= 1_000, 'expected milliseconds, at least 1000')
  .refine(isTimer, TIMER_RULE);

/** `retention` of the file. */
export const retentionSchema = z.union(
  [
    off,
    z
      .strictObject({
        months: count.refine((value) => value <= 1_200, 'expected at most 1200 months').optional(),
        days: number.refine((value) => value > 0 && value <= 36_500, 'expected days, over 0, at most 36500').optional(),
        archive: folder.optional(),
        every_ms: everyMs.optional(),
      })
      .refine(({ months, days }) => months === undefined || days === undefined, 'expected months or days, not both'),
  ],
  'expected how long is kept, or off',
);

/** `backups` of the file. */
export const backupsSchema = z.union(
  [
    off,
    z.strictObject({
      folder: folder.optional(),
      every_ms: z.union([off, everyMs], 'expected milliseconds, at least 1000, or off').optional(),
      keep: count.optional(),
    }),
  ],
  'expected where and how often, or off',
);

/** What `retention` becomes; without it six months are kept, and the archive is beside the database. */
export function retentionOf(retention: z.output<typeof retentionSchema> | undefined, dataDir: string): Retention {
  if (retention === 'off') return 'off';
  const { months, days, archive = join(dataDir, 'archive'), every_ms: every } = retention ?? {};
  return { archive, ...given({ months, days, everyMs: every }) };
}

/**
 * What `audit.retention` becomes; without it two years are kept, and the archive is that of the ledger.
 * @param ledgers `retention` of the file.
 */
export function auditRetentionOf(
  retention: z.output<typeof retentionSchema> | undefined,
  ledgers: z.output<typeof retentionSchema> | undefined,
  dataDir: string,
): Retention {
  if (retention === 'off') return 'off';
  const beside = ledgers === 'off' ? undefined : ledgers?.archive;
  return retentionOf({ ...given({ archive: beside }), ...retention }, dataDir);
}

/** What `backups` become; without them there is one an hour, beside the database. `undefined`: none. */
export function backupsOf(backups: z.output<typeof backupsSchema> | undefined, dataDir: string): Backups | undefined {
  if (backups === 'off') return undefined;
  const { folder: where = join(dataDir, 'backups'), every_ms: every, keep } = backups ?? {};
  return { folder: where, ...given({ everyMs: every, keep }) };
}
