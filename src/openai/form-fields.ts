import { NexusError } from '../errors.ts';

/** A short field of a form: its text, and where that stands in the body. */
export interface FormField {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const LINE_END = '\r\n';
const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 8 * 1024;
const MAX_VALUE_BYTES = 1024;

/**
 * The fields of a `multipart/form-data` body (RFC 7578) that have one of `names`. Files are passed over without being
 * copied.
 *
 * Whoever reads the form behind us must find what was found here, or a caller could name one model to the hub and
 * another to the provider. So everything that readers take differently is refused: a field that stands there twice or
 * in other letters, lines that end otherwise, a boundary inside a part.
 * @throws NexusError `request_invalid`
 */
export function formFieldsOf(
  bytes: Buffer,
  contentType: string,
  names: readonly string[],
): ReadonlyMap<string, FormField> {
  const delimiter = `--${boundaryOf(contentType)}`;
  const fields = new Map<string, FormField>();
  let at = nextDelimiter(bytes, delimiter, 0);
  while (!isAt(bytes, '--', at + delimiter.length)) {
    const start = at + delimiter.length;
    if (!isAt(bytes, LINE_END, start)) throw malformed('a boundary is not followed by the end of its line');
    const next = nextDelimiter(bytes, delimiter, start);
    const headEnd = bytes.indexOf(HEAD_END, start);
    const valueStart = headEnd + HEAD_END.length;
    const end = next - LINE_END.length;
    if (headEnd < 0 || valueStart > end) throw malformed('a part has no head');
    const name = nameOf(headOf(bytes, start + LINE_END.length, headEnd), names);
    if (name !== undefined) {
      if (fields.has(name)) throw malformed(`the field "${name}" stands there twice`, name);
      if (end - valueStart > MAX_VALUE_BYTES) throw malformed(`the field "${name}" is too long`, name);
      fields.set(name, { value: bytes.toString('utf8', valueStart, end), start: valueStart, end });
    }
    at = next;
  }
  if (bytes.includes(delimiter, at + delimiter.length)) throw malformed('something follows its end');
  return fields;
}

/** RFC 2046, 5.1.1: at most 70 characters. */
const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"\\\r\n]{1,70})"|([^\s";,]{1,70}))/gi;

function boundaryOf(contentType: string): string {
  const [found, another] = [...contentType.matchAll(BOUNDARY)];
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined || another) throw malformed('its content type must name one boundary');
  return boundary;
}

function nextDelimiter(bytes: Buffer, delimiter: string, from: number): number {
  const at = bytes.indexOf(delimiter, from);
  if (at < 0) throw malformed('it has no end');
  if (at > 0 && !isAt(bytes, LINE_END, at - LINE_END.length)) throw malformed('a boundary stands inside a line');
  return at;
}

function isAt(bytes: Buffer, text: string, place: number): boolean {
  return bytes.toString('latin1', place, place + text.length) === text;
}

function headOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > MAX_HEAD_BYTES) throw malformed('the head of a part is too long');
  return bytes.toString('utf8', start, Math.max(start, end));
}

const DISPOSITION = /^content-disposition\s*:/i;
const PARAMETER = /;\s*([^=;\s]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/g;

/** The name of a part, when it is one of `names`. */
function nameOf(head: string, names: readonly string[]): string | undefined {
  const lines = head.split(LINE_END);
  if (lines.some((line) => /^[ \t]|[\r\n\0]/.test(line))) throw malformed('the head of a part is broken');
  const dispositions = lines.filter((line) => DISPOSITION.test(line));
  if (dispositions.length > 1) throw malformed('a part has two names');
  const found: string[] = [];
  for (const [, parameter = '', quoted, plain = ''] of (dispositions[0] ?? '').matchAll(PARAMETER)) {
    if (parameter.toLowerCase() === 'name') found.push(quoted ?? plain);
    if (parameter.toLowerCase().startsWith('name*')) throw malformed('the name of a part is encoded');
  }
  const [name, another] = found;
  if (another !== undefined || name?.includes('\\')) throw malformed('a part has a name that can be read in two ways');
  const meant = names.find((known) => known === name?.trim().toLowerCase());
  if (meant !== name && meant !== undefined) throw malformed(`write the field as "${meant}"`, meant);
  return meant;
}

function malformed(what: string, param?: string): NexusError {
  const details = param === undefined ? {} : { param };
  return new NexusError('request_invalid', `The form in the request body cannot be used: ${what}.`, details);
}
