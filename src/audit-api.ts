import type { AuditRange } from './audit-query.ts';
import { MOST_AUDIT_ENTRIES } from './audit-query.ts';
import type { AuditExportQuery, AuditViews } from './audit-views.ts';
import type { ChainReport } from './data/verify-chain.ts';
import type { Gateway } from './gateway.ts';
import type { Permission } from './permissions.ts';
import type { AuditPage, AuditQuery } from './ports/index.ts';

/** `hub.admin.audit`: who did what. It can be read; nothing of it can be changed. */
export class AuditAdmin {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /**
   * A page of the audit log, the newest first. The sequence number of the last of a page is the next one's `before`.
   * @throws NexusError `request_invalid`, `audit_unavailable`, `forbidden`
   */
  async list(query: Partial<AuditQuery> = {}): Promise<AuditPage> {
    return (await this.#views('audit.read')).list({ limit: MOST_AUDIT_ENTRIES, ...query });
  }

  /**
   * Looks at every link of the chain, or of a part of it, and tells of the first that does not hold.
   * @throws NexusError `request_invalid`, `audit_unavailable`, `forbidden`
   */
  async verify(range: AuditRange = {}): Promise<ChainReport> {
    return (await this.#views('audit.read')).verify(range);
  }

  /**
   * Every entry, or those of a time, as text, a piece at a time, the oldest first.
   * @throws NexusError `request_invalid`, `audit_unavailable`, `forbidden`
   */
  async *export(query: AuditExportQuery): AsyncGenerator<string, void, undefined> {
    yield* (await this.#views('audit.export')).export(query);
  }

  async #views(permission: Permission): Promise<AuditViews> {
    await this.#gateway.authorize({ via: 'process' }, permission);
    return this.#gateway.auditViews;
  }
}
