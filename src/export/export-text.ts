import type { ExportForm, ExportRow } from './export-form.ts';

/** Rows that become text together. */
const ROWS_AT_ONCE = 100;
/** So much text waits for more at most, in characters. */
const TEXT_AT_ONCE = 64 * 1024;

/** Where rows come from, and what becomes of them. */
export interface RowSource<Line> {
  readonly lines: AsyncIterable<Line>;
  readonly rowOf: (line: Line) => ExportRow;
  readonly form: ExportForm;
  /** Hears how many rows are written, after each piece. */
  readonly told?: ((rows: number) => void) | undefined;
}

/**
 * An export as text, a piece at a time: no more of it is read and held than the reader asks for. It ends well only where it
 * is complete.
 */
export async function* exportText<Line>({
  lines,
  rowOf,
  form,
  told,
}: RowSource<Line>): AsyncGenerator<string, void, undefined> {
  let text = form.head;
  let waiting: ExportRow[] = [];
  let written = 0;
  const take = (): void => {
    if (waiting.length === 0) return;
    text += form.textOf(waiting, written === 0);
    written += waiting.length;
    waiting = [];
  };
  for await (const line of lines) {
    const row = rowOf(line);
    waiting.push(row);
    if (waiting.length < ROWS_AT_ONCE && !isLong(row)) continue;
    take();
    if (text.length < TEXT_AT_ONCE) continue;
    yield text;
    told?.(written);
    text = '';
    // Lines may come without any wait: others get a turn.
    await new Promise(setImmediate);
  }
  take();
  yield text + form.tail;
  told?.(written);
}

/** A row that is large by itself does not wait for others. */
function isLong(row: ExportRow): boolean {
  const { message } = row;
  return typeof message === 'object' && message !== null && message.json.length >= TEXT_AT_ONCE;
}
