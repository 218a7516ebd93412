/** How an export is written. */
export type ExportFormat = 'csv' | 'json' | 'jsonl';

/** Every format there is. */
export const EXPORT_FORMATS: readonly ExportFormat[] = ['csv', 'json', 'jsonl'];

/** Names and values of one row. What is a text of JSON already is `{ json }`: it goes out as it is. */
export type ExportRow = Readonly<Record<string, string | number | boolean | null | JsonText>>;

/** A text that is JSON. */
export interface JsonText {
  readonly json: string;
}

/** How rows become text. */
export interface ExportForm {
  /** What it begins with. */
  readonly head: string;
  /** Rows that follow each other. `isFirst`: nothing but the head stands before them. */
  textOf(rows: readonly ExportRow[], isFirst: boolean): string;
  /** What a complete one ends with. */
  readonly tail: string;
}
