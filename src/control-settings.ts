import { z } from 'zod';
import { masterKeyOf, masterKeyProblem } from './control/vault/master-key.ts';
import type { MasterKeySource } from './master-key-source.ts';
import type { AuditLog, ConfigStore, KeyStore, SecretStore } from './ports/index.ts';
import type { ProviderKind } from './provider-kit/provider-kind.ts';
import { portSchema } from './port-schema.ts';

const SHORTEST_PEPPER = 32;

const kind = z.custom<ProviderKind>(
  (value) => typeof value === 'object' && value !== null && 'make' in value && typeof value.make === 'function',
  'expected kinds of providers, each with a function "make"',
);

const masterKey = z.custom<MasterKeySource>((value) => masterKeyProblem(value) === undefined, {
  error: ({ input }) => masterKeyProblem(input) ?? 'expected a master key',
});

/** What is changed of a hub while it runs. */
export const controlSchema = z
  .strictObject({
    stores: z
      .strictObject({
        audit: portSchema<AuditLog>('append', 'page', 'after', 'head', 'remove').optional(),
        config: portSchema<ConfigStore>('newest', 'epoch', 'history', 'append').optional(),
        secrets: portSchema<SecretStore>('put', 'get', 'page', 'replace', 'remove').optional(),
        keys: portSchema<KeyStore>('find', 'get', 'page', 'put', 'remove', 'version', 'used').optional(),
      })
      .prefault({}),
    peppers: z
      .array(
        z.strictObject({
          id: z.string().regex(/^[\w-]{1,32}$/, 'expected up to 32 letters, digits, "-" and "_"'),
          secret: z
            .custom<string | Uint8Array>(
              (value) => typeof value === 'string' || value instanceof Uint8Array,
              'expected text or bytes',
            )
            .refine((value) => value.length >= SHORTEST_PEPPER, `expected ${String(SHORTEST_PEPPER)} bytes or more`),
        }),
      )
      .min(1, 'expected at least one; leave it out for the usual')
      .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two have the same id')
      .optional(),
    wrongKeys: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            most: z.number().int().min(1).default(20),
            windowMs: z.number().min(1_000).max(86_400_000).default(60_000),
          }),
        ],
        'expected limits, or false for none',
      )
      .prefault({}),
    kinds: z.record(z.string(), kind).default({}),
    document: z.record(z.string(), z.unknown()).default({}),
    masterKeys: z
      .array(masterKey)
      .refine((all) => all.some(masterKeyProblem) || areDifferent(all), 'two are the same')
      .default([]),
  })
  .prefault({});

function areDifferent(keys: readonly MasterKeySource[]): boolean {
  return new Set(keys.map((key) => masterKeyOf(key).id)).size === keys.length;
}
