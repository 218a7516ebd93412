import { AuditAdmin } from './audit-api.ts';
import type { Gateway } from './gateway.ts';
import { Keys } from './keys-api.ts';

/** `hub.admin`: what is changed of a hub while it runs. Over HTTP it is the admin API. */
export class Admin {
  /** Personal keys. */
  readonly keys: Keys;

  /** Who did what. */
  readonly audit: AuditAdmin;

  constructor(gateway: Gateway) {
    this.audit = new AuditAdmin(gateway);
    this.keys = new Keys(gateway);
  }
}
