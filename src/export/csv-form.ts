import { stringify } from 'csv-stringify/sync';
import type { ExportForm, ExportRow } from './export-form.ts';

/** Tells programs that would guess wrong, Excel above all, that the text is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/**
 * CSV as RFC 4180 has it: a line of names, lines that end with CR LF. What nobody knows is an empty field.
 *
 * What callers and models say is in it. A field that a spreadsheet would take for a formula begins with an apostrophe.
 */
export function csvForm(columns: readonly string[], bom: boolean): ExportForm {
  return {
    head: (bom ? BYTE_ORDER_MARK : '') + linesOf([columns]),
    textOf: (rows) => linesOf(rows.map((row) => columns.map((column) => fieldOf(row[column])))),
    tail: '',
  };
}

function linesOf(rows: readonly (readonly (string | number | null)[])[]): string {
  return stringify(rows as (string | number | null)[][], {
    record_delimiter: '\r\n',
    // A lone LF or CR ends a line for many who read it: told CR LF, the package would leave such a field without quotes.
    quote_record_delimiter: true,
    escape_formulas: true,
  });
}

function fieldOf(value: ExportRow[string] | undefined): string | number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return String(value);
  const text = typeof value === 'string' ? value : value.json;
  // A line break at the beginning hides from the package what stands behind it.
  return text.startsWith('\n') ? `'${text}` : text;
}
