import type { Database } from 'nexusai-hub/ports';
import { auditLogOver } from './audit/audit-log-over.ts';
import { configStoreOver } from './config/config-store-over.ts';
import { keyStoreOver } from './keys/key-store-over.ts';
import { ledgerOver } from './ledger-over.ts';
import type { OpenableSteps } from './openable-steps.ts';
import { secretStoreOver } from './secrets/secret-store-over.ts';

/** A database from its steps. Its parts are there as long as it is. */
export function databaseOver({ open, close, ...steps }: OpenableSteps): Required<Database> {
  return {
    ledger: { ...ledgerOver(steps), open },
    config: { ...configStoreOver(steps), open },
    secrets: secretStoreOver(steps),
    keys: keyStoreOver(steps),
    audit: auditLogOver(steps),
    open,
    close,
  };
}
