import { z } from 'zod';
import { LONGEST_TIMER_MS } from './defaults/clock.ts';
import type { RetentionSettings } from './data/ledger-retention.ts';
import { isArchivable } from './keeping.ts';
import type { AuditLog, DatabaseBackup, Ledger } from './ports/index.ts';

const HOUR_MS = 3_600_000;

const count = z.number().int().min(1);
const everyMs = z.number().min(1_000).max(LONGEST_TIMER_MS);
const folder = z.string().min(1, 'expected the path of a folder');

const retention = z
  .union(
    [
      z.literal('off'),
      z
        .strictObject({
          months: count.max(1_200).optional(),
          days: z.number().positive().max(36_500).optional(),
          archive: folder,
          everyMs: everyMs.default(HOUR_MS),
        })
        .refine(({ months, days }) => months === undefined || days === undefined, 'expected months or days, not both'),
    ],
    'expected what is kept, or "off"',
  )
  .default('off');

/** What a ledger keeps. */
export const retentionSchema = retention.transform((given) => keptFor(given, 6));

/** What an audit log keeps. Auditors ask for a year, and for the one before it. */
export const auditRetentionSchema = retention.transform((given) => keptFor(given, 24));

function keptFor(given: z.output<typeof retention>, usualMonths: number): RetentionSettings | undefined {
  if (given === 'off') return undefined;
  const { months = usualMonths, days, ...rest } = given;
  return { ...rest, period: days === undefined ? { months } : { days } };
}

/** How backups are made. */
export const backupsSchema = z
  .strictObject({
    database: z.custom<DatabaseBackup>(
      isBackup,
      'expected an object with the function "create", "check" and "restore"',
    ),
    folder,
    everyMs: z.union([z.literal('off'), everyMs], 'expected milliseconds from 1000 on, or "off"').default(HOUR_MS),
    keep: count.default(24),
  })
  .optional();

/** Who archives needs somewhere to take it from. */
export function checkRetention({
  retention,
  ledger,
}: {
  readonly retention: object | undefined;
  readonly ledger?: Ledger | undefined;
}): void {
  if (!retention || isArchivable(ledger)) return;
  throw new TypeError(
    'NexusHub options: retention needs a ledger out of which entries can be taken (by "expired" and "remove"), such as ' +
      `sqliteLedger. ${ledger ? 'The one given has no such functions' : 'Set ledger'}, or leave retention out.`,
  );
}

/** What a process forgets by itself is not archived. */
export function checkAuditRetention({
  audit,
  control,
  database,
}: {
  readonly audit: { readonly retention: object | undefined };
  readonly control: { readonly stores: { readonly audit?: AuditLog | undefined } };
  readonly database?: { readonly audit?: AuditLog | undefined } | undefined;
}): void {
  if (!audit.retention || control.stores.audit || database?.audit) return;
  throw new TypeError(
    'NexusHub options: audit.retention needs an audit log that lasts, such as that of sqliteDatabase. Set database or ' +
      'control.stores.audit, or leave audit.retention out.',
  );
}

function isBackup(value: unknown): boolean {
  const verbs = ['create', 'check', 'restore'];
  return (
    typeof value === 'object' && value !== null && verbs.every((verb) => typeof Reflect.get(value, verb) === 'function')
  );
}
