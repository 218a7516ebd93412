/** What of what happens is written into the audit log. Nothing of the API can change it. */
export interface AuditOptions {
  /**
   * `all`: every request. `admin`: those to paths for who runs the hub, and those that were refused for who asked. What
   * is changed is written in any case.
   * @default 'all'
   */
  readonly requests?: 'all' | 'admin';
  /** Whether bodies of requests are kept, secrets masked: prompts, too. @default false */
  readonly content?: boolean;
  /** Whether requests for `/healthz` and `/readyz` are written. @default false */
  readonly probes?: boolean;
}
