import { isUtf8, transcode } from 'node:buffer';

/** Bytes that are kept, of all texts together. */
const MOST_BYTES = 256 * 1024;

/** A text, and where its bytes are. */
interface Decoded {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

let room: Buffer | undefined;
let texts: Decoded[] = [];
/** Texts are asked for in the order they were decoded in. */
let next = 0;

/** What is decoded from here on belongs to another request: the bytes of the one before are not kept any longer. */
export function beginTexts(): void {
  texts = [];
  next = 0;
}

/**
 * Decodes UTF-8 that stands in a string as Latin-1, a byte for each character; `undefined` where it is none. The bytes of
 * the texts of the latest request are kept: who wants them has them for nothing, where to write 100 KB, a third of it
 * Chinese, as UTF-8 takes 130 us. Nobody says when a request is over here: they stay until the next one that is as long.
 */
export function decodeLatin1(latin1: string): string | undefined {
  const start = texts.at(-1)?.end ?? 0;
  const end = start + latin1.length;
  if (end > MOST_BYTES) return decode(Buffer.from(latin1, 'latin1'));
  room ??= Buffer.allocUnsafeSlow(MOST_BYTES);
  room.write(latin1, start, 'latin1');
  const text = decode(room.subarray(start, end));
  if (text !== undefined) texts.push({ text, start, end });
  return text;
}

/** The UTF-8 of a text of the latest request, to be used at once; `undefined`: it is not there, or was asked for before. */
export function bytesOfDecoded(text: string): Buffer | undefined {
  for (let place = next; place < texts.length; place++) {
    const decoded = texts[place];
    if (!room || decoded?.text !== text) continue;
    next = place + 1;
    return room.subarray(decoded.start, decoded.end);
  }
  return undefined;
}

function decode(bytes: Buffer): string | undefined {
  return isUtf8(bytes) ? transcode(bytes, 'utf8', 'utf16le').toString('utf16le') : undefined;
}
