/** What a data URL holds. */
export interface DataUrl {
  /** Lower case, without parameters: `image/png`. */
  readonly mediaType: string;
  readonly base64: string;
}

/** Media type, parameters, and whether the data is base64. The data is not matched: it may be megabytes. */
const HEAD = /^data:([^;,]*)((?:;[^;,]*)*),/i;

/** Reads a data URL; `undefined` for any other text. Data that is not base64 is made so. */
export function dataUrlOf(url: string): DataUrl | undefined {
  // A head is short; a pattern never has to look at the data.
  const [head, type = '', parameters = ''] = HEAD.exec(url.slice(0, 1000)) ?? [];
  if (head === undefined) return undefined;
  const data = url.slice(head.length);
  const isBase64 = parameters.toLowerCase().split(';').includes('base64');
  return { mediaType: type.toLowerCase() || 'text/plain', base64: isBase64 ? data : encoded(data) };
}

function encoded(data: string): string {
  let text = data;
  try {
    text = decodeURIComponent(data);
  } catch {
    // A stray percent sign: the text is taken as it stands.
  }
  return Buffer.from(text).toString('base64');
}
