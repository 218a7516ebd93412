/** Reads CSV as RFC 4180 has it: fields between commas, lines that end with CR LF, quotes doubled inside of quotes. */
export function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const fields = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/gy;
  for (let match = fields.exec(text); match; match = fields.exec(text)) {
    const [, field = '', end] = match;
    row.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  const read = rows.length === 0 ? 0 : text.length - (fields.lastIndex || text.length);
  if (row.length > 0 || read !== 0) throw new Error('The text is no CSV, or not all of it.');
  return rows;
}
