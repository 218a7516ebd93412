import type { ControlOptions } from './control-options.ts';
import type { KeyOptions } from './defaults/authenticator.ts';
import type { RolesOptions } from './permissions.ts';
import type { Database } from './ports/index.ts';
import type { SignatureOptions } from './signature-options.ts';

/** Who may do what, and what is changed while a hub runs. */
export interface AccessOptions {
  /**
   * Lets providers, models and more be changed while the hub runs (`hub.admin`): docs/admin-api.md. Without providers of
   * its own a hub has those that are configured so.
   */
  readonly control?: ControlOptions;
  /** Keeps everything that lasts in one place: it stands for `ledger` and the stores of `control`. Closed with the hub. */
  readonly database?: Database;
  /** Keys for callers from outside. Without any, every caller is let in. Calls from the own program need none. */
  readonly keys?: readonly KeyOptions[];
  /**
   * Roles beside `admin`, `operator`, `viewer` and `user`: what each may do, and whether its requests must be
   * signed. `{ auditor: ['stats.read'] }`: docs/roles.md.
   */
  readonly roles?: RolesOptions;
  /** How long signed requests count: docs/security.md. */
  readonly signatures?: SignatureOptions;
}
