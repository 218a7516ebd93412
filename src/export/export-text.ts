import type { ExportForm, ExportRow } from './export-form.ts';

/** Rows that become text together. */
const ROWS_AT_ONCE = 100;
/** So much text waits for more at most, in characters. */
const TEXT_AT_ONCE = 64 * 1024;

/**
 * An export as text, a piece at a time: no more of it is read and held than the reader asks for. It ends well only where it
 * is complete.
 * @param told hears how many rows are written, after each piece.
 */
export async function* exportText(
  rows: AsyncIterable<ExportRow>,
  form: ExportForm,
  told?: (rows: number) => void,
): AsyncGenerator<string, void, undefined> {
  let text = form.head;
  let waiting: ExportRow[] = [];
  let written = 0;
  const take = (): void => {
    if (waiting.length === 0) return;
    text += form.textOf(waiting, written === 0);
    written += waiting.length;
    waiting = [];
  };
  for await (const row of rows) {
    waiting.push(row);
    if (waiting.length < ROWS_AT_ONCE && !isLong(row)) continue;
    take();
    if (text.length < TEXT_AT_ONCE) continue;
    yield text;
    told?.(written);
    text = '';
    // Rows may come without any wait: others get a turn.
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
