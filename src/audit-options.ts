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
  /**
   * How long entries are kept at least. Older ones are moved into an archive, by whole months, or days where days are
   * counted, from the oldest on: docs/audit.md. Needs a log that lasts.
   * @default 'off'
   */
  readonly retention?:
    | 'off'
    | {
        /** Calendar months. @default 24 */
        readonly months?: number;
        /** In place of months. */
        readonly days?: number;
        /** The folder of the archive, which may be that of the ledger. */
        readonly archive: string;
        /** How often it is looked for what is old. @default 3600000 */
        readonly everyMs?: number;
      };
}
