import { type AuditSteps, auditSteps } from './audit/audit-steps.ts';
import { type ConfigSteps, configSteps } from './config/config-steps.ts';
import type { LedgerDatabase, SqlDialect } from './dialect.ts';
import { type KeySteps, keySteps } from './keys/key-steps.ts';
import { type LedgerSteps, ledgerSteps } from './ledger-steps.ts';
import { type SecretSteps, secretSteps } from './secrets/secret-steps.ts';

/** All that is done in a database, in steps that each are one question and one answer: they may be asked of another thread. */
export interface StorageSteps extends LedgerSteps, ConfigSteps, SecretSteps, KeySteps, AuditSteps {}

/** The steps over a database whose tables are up to date. */
export function stepsOver(db: LedgerDatabase, dialect: SqlDialect): StorageSteps {
  const control = { ...configSteps(db, dialect), ...secretSteps(db), ...keySteps(db, dialect) };
  return { ...ledgerSteps(db, dialect), ...control, ...auditSteps(db, dialect) };
}
