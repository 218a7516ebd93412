import { type ConfigSteps, configSteps } from './config/config-steps.ts';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { type KeySteps, keySteps } from './keys/key-steps.ts';
import { type LedgerSteps, ledgerSteps } from './ledger-steps.ts';
import { type SecretSteps, secretSteps } from './secrets/secret-steps.ts';

/** All that is done in a database, in steps that each are one question and one answer: they may be asked of another thread. */
export interface StorageSteps extends LedgerSteps, ConfigSteps, SecretSteps, KeySteps {}

/** The steps over a database whose tables are up to date. */
export function stepsOver(db: LedgerDatabase, dialect: SqlDialect): StorageSteps {
  return { ...ledgerSteps(db, dialect), ...configSteps(db, dialect), ...secretSteps(db), ...keySteps(db, dialect) };
}
