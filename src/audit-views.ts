import type { AuditRange } from './audit-query.ts';
import { checkedAuditQuery, checkLink } from './audit-query.ts';
import type { ChainReport } from './data/verify-chain.ts';
import { verifyChain } from './data/verify-chain.ts';
import { isNexusError, NexusError } from './errors.ts';
import { AUDIT_COLUMNS, auditRow } from './data/audit-row.ts';
import type { ExportFormat } from './export/export-form.ts';
import { exportText } from './export/export-text.ts';
import { exportFormOf } from './export/form-of.ts';
import type { AuditLog, AuditPage, AuditQuery, LinkedAuditEntry, Logger } from './ports/index.ts';

/** Which entries are exported, and how. */
export interface AuditExportQuery {
  readonly format: ExportFormat;
  /** Begins CSV with a mark by which Excel knows it for UTF-8. @default false */
  readonly bom?: boolean | undefined;
  /** Times in Unix milliseconds, the end not included. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Hears how many rows are written, every now and then. */
  readonly told?: ((rows: number) => void) | undefined;
}

/** What the views are made of. */
export interface AuditSources {
  readonly log: AuditLog;
  readonly logger: Logger;
  /** Has what waits written; resolves in any case, and before long. */
  readonly refresh: () => Promise<void>;
}

const PAGE = 500;

/**
 * All that can be seen of the audit log, for those who may. Questions are checked here, whoever asks them; a log that does
 * not answer is `audit_unavailable`, and its own words are in the log of the hub.
 */
export class AuditViews {
  readonly #sources: AuditSources;

  constructor(sources: AuditSources) {
    this.#sources = sources;
  }

  /** A page of it, the newest first. */
  async list(query: AuditQuery): Promise<AuditPage> {
    const checked = checkedAuditQuery(query);
    return this.#read((log) => log.page(checked));
  }

  /** Looks at every link of the chain, or of a part of it, and tells of the first that does not hold. */
  async verify(range: AuditRange = {}): Promise<ChainReport> {
    if (range.expect) checkLink(range.expect);
    const report = await this.#read((log) => verifyChain(log, range));
    if (report.broken) this.#sources.logger.error(report.broken, 'the chain of the audit log is broken');
    return report;
  }

  /** Every entry of a part as text, a piece at a time, the oldest first. */
  async *export(query: AuditExportQuery): AsyncGenerator<string, void, undefined> {
    const { log, refresh } = this.#sources;
    try {
      await refresh();
      yield* exportAudit(log, query);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  async #read<T>(ask: (log: AuditLog) => Promise<T>): Promise<T> {
    const { log, refresh } = this.#sources;
    try {
      await refresh();
      return await ask(log);
    } catch (cause) {
      throw this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): unknown {
    if (isNexusError(cause) || (cause instanceof Error && cause.name === 'AbortError')) return cause;
    this.#sources.logger.error({ cause }, 'the audit log did not answer');
    const message = 'The audit log does not answer; the log of the hub has the cause.';
    return new NexusError('audit_unavailable', message, {}, cause);
  }
}

/**
 * Every entry of a part of an audit log as text, a piece at a time, the oldest first: no more of it is read and held than
 * its reader asks for.
 * @throws NexusError `request_invalid` before it begins; what the log rejects with.
 */
export function exportAudit(
  log: Pick<AuditLog, 'after' | 'head'>,
  query: AuditExportQuery,
): AsyncGenerator<string, void, undefined> {
  const { format, bom, fromMs = -Infinity, toMs = Infinity, told } = query;
  checkedAuditQuery({ fromMs: query.fromMs, toMs: query.toMs, limit: 1 });
  const form = exportFormOf(format, AUDIT_COLUMNS, bom);
  return exportText({ lines: entriesIn(log, fromMs, toMs), rowOf: auditRow, form, told });
}

async function* entriesIn(
  log: Pick<AuditLog, 'after' | 'head'>,
  fromMs: number,
  toMs: number,
): AsyncGenerator<LinkedAuditEntry, void, undefined> {
  const { last } = await log.head();
  let sequence = 0;
  while (sequence < last.sequence) {
    const entries = await log.after(sequence, PAGE);
    for (const entry of entries) if (entry.atMs >= fromMs && entry.atMs < toMs) yield entry;
    sequence = entries.at(-1)?.sequence ?? last.sequence;
  }
}
