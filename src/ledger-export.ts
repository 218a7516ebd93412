import { NexusError } from './errors.ts';
import { ATTEMPT_COLUMNS, attemptRow } from './export/attempt-row.ts';
import { csvForm } from './export/csv-form.ts';
import type { ExportForm, ExportFormat } from './export/export-form.ts';
import { EXPORT_FORMATS } from './export/export-form.ts';
import { exportText } from './export/export-text.ts';
import { JSON_FORM, JSONL_FORM } from './export/json-forms.ts';
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
  const { told } = query;
  const filter = checkedFilter(query);
  return what === 'stats'
    ? exportText({ lines: ledger.attempts(filter), rowOf: attemptRow, form: formOf(query, ATTEMPT_COLUMNS), told })
    : exportText({ lines: ledger.messages(filter), rowOf: messageRow, form: formOf(query, MESSAGE_COLUMNS), told });
}

/**
 * A format by its name.
 * @throws NexusError `request_invalid`
 */
export function exportFormatOf(name: string): ExportFormat {
  const format = EXPORT_FORMATS.find((known) => known === name);
  if (format) return format;
  const known = EXPORT_FORMATS.join(', ');
  throw new NexusError('request_invalid', `There is no such format. There are: ${known}.`, { param: 'format' });
}

function formOf({ format, bom = false }: ExportQuery, columns: readonly string[]): ExportForm {
  switch (exportFormatOf(format)) {
    case 'csv':
      return csvForm(columns, bom);
    case 'json':
      return JSON_FORM;
    case 'jsonl':
      return JSONL_FORM;
  }
}
