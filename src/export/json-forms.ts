import type { ExportForm, ExportRow } from './export-form.ts';

/** A list of objects, each on a line of its own: whoever reads it line by line need not hold all of it. */
export const JSON_FORM: ExportForm = {
  head: '[',
  textOf: (rows, isFirst) => (isFirst ? '\n' : ',\n') + rows.map(objectOf).join(',\n'),
  tail: '\n]\n',
};

/** An object on each line. */
export const JSONL_FORM: ExportForm = {
  head: '',
  textOf: (rows) => rows.map((row) => `${objectOf(row)}\n`).join(''),
  tail: '',
};

function objectOf(row: ExportRow): string {
  const members = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${valueOf(value)}`);
  return `{${members.join(',')}}`;
}

function valueOf(value: ExportRow[string]): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  // Written by JSON.stringify, or sent so by a caller who may have put it on several lines.
  return value.json.includes('\n') || value.json.includes('\r') ? onOneLine(value.json) : value.json;
}

/** Line breaks stand between the values of JSON only, never in them. */
function onOneLine(json: string): string {
  return json.replace(/[\r\n]+/g, ' ');
}
