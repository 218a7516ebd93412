import { ATTEMPT_COLUMNS, attemptRow } from './export/attempt-row.ts';
import type { ExportFormat } from './export/export-form.ts';
import { exportText } from './export/export-text.ts';
import { exportFormOf } from './export/form-of.ts';
import { MESSAGE_COLUMNS, messageRow } from './export/message-row.ts';
import { checkedFilter } from './ledger-query.ts';
import type { Ledger, LedgerFilter } from './ports/index.ts';

/** What is exported, and how. */
export interface ExportQuery extends LedgerFilter {
  readonly format: ExportFormat;
  /** Begins CSV with a mark by which Excel knows it for UTF-8. @default false */
  readonly bom?: boolean | undefined;
  /** Hears how many rows are written, every now and then. */
  readonly told?: ((rows: number) => void) | undefined;
}

/**
 * Every attempt (`stats`), or every message by conversation, of a part of a ledger as text, a piece at a time: no more of it
 * is read and held than its reader asks for.
 * @throws NexusError `request_invalid` before it begins; what the ledger rejects with.
 */
export function exportLedger(
  ledger: Pick<Ledger, 'attempts' | 'messages'>,
  what: 'stats' | 'conversations',
  query: ExportQuery,
): AsyncGenerator<string, void, undefined> {
  const { told, format, bom } = query;
  const filter = checkedFilter(query);
  return what === 'stats'
    ? exportText({
        lines: ledger.attempts(filter),
        rowOf: attemptRow,
        form: exportFormOf(format, ATTEMPT_COLUMNS, bom),
        told,
      })
    : exportText({
        lines: ledger.messages(filter),
        rowOf: messageRow,
        form: exportFormOf(format, MESSAGE_COLUMNS, bom),
        told,
      });
}
