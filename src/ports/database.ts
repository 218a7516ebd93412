import type { AuditLog } from './audit-log.ts';
import type { ConfigStore } from './config-store.ts';
import type { KeyStore } from './key-store.ts';
import type { Ledger } from './ledger.ts';
import type { SecretStore } from './secret-store.ts';

/** Everything of a hub that one database keeps. What it does not have is kept where it is without a database. */
export interface Database {
  readonly ledger?: Ledger;
  readonly config?: ConfigStore;
  readonly secrets?: SecretStore;
  readonly keys?: KeyStore;
  readonly audit?: AuditLog;
  /** Gets ready now, and says what is wrong: a folder without rights. Absent or not called: the first use does it. */
  open?(): Promise<void>;
  /** Writes out what is left and gives back what it holds. The parts are closed by this alone. */
  close?(): void | Promise<void>;
}
