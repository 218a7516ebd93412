import { NexusError } from '../errors.ts';
import { csvForm } from './csv-form.ts';
import type { ExportForm, ExportFormat } from './export-form.ts';
import { EXPORT_FORMATS } from './export-form.ts';
import { JSON_FORM, JSONL_FORM } from './json-forms.ts';

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

/** How rows with these columns are written. `bom`: CSV begins with a mark by which Excel knows it for UTF-8. */
export function exportFormOf(format: ExportFormat, columns: readonly string[], bom = false): ExportForm {
  switch (exportFormatOf(format)) {
    case 'csv':
      return csvForm(columns, bom);
    case 'json':
      return JSON_FORM;
    case 'jsonl':
      return JSONL_FORM;
  }
}
