import { membersOf } from './member-spans.ts';
import type { MemberSpan } from './member-spans.ts';
import { withWireText, wireTextOf } from './wire-text.ts';

/**
 * A copy with some members changed, added, or (by `undefined`) removed.
 *
 * When the value carries the text it was parsed from, the copy carries that text with the same changes spliced in: a
 * long prompt is copied as bytes and never printed again. A member that stands there twice, or under an escaped name,
 * is written once and plainly, so that every reader of the text finds what was parsed here. When nothing differs and
 * the text is plain, the value itself comes back.
 */
export function changeMembers<T extends object>(value: T, changes: { readonly [K in keyof T]?: T[K] | undefined }): T {
  const text = wireTextOf(value);
  const wanted = new Map<string, unknown>(Object.entries(changes));
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const spans = bytes && membersOf(bytes);
  if (isEqual(value, wanted) && (!spans || isPlain(spans, wanted))) return value;
  const copy = { ...value, ...changes };
  for (const [name, change] of wanted) if (change === undefined) Reflect.deleteProperty(copy, name);
  return bytes && spans ? withWireText(copy, spliced(bytes, spans, wanted)) : copy;
}

/** What a value is sent as: the text it carries, else its JSON. */
export function jsonBytesOf(value: object): Uint8Array | string {
  return wireTextOf(value) ?? JSON.stringify(value);
}

/** Every change is there already. Objects are equal only to themselves. */
function isEqual(value: object, wanted: ReadonlyMap<string, unknown>): boolean {
  for (const [name, change] of wanted) {
    if (change === undefined ? Object.hasOwn(value, name) : Reflect.get(value, name) !== change) return false;
  }
  return true;
}

/** Each of these names stands in the text at most once, and as it is. */
function isPlain(spans: readonly MemberSpan[], wanted: ReadonlyMap<string, unknown>): boolean {
  const seen = new Set<string>();
  for (const { name, isEscaped } of spans) {
    if (!wanted.has(name)) continue;
    if (isEscaped || seen.has(name)) return false;
    seen.add(name);
  }
  return true;
}

/** The text with the changes; runs of members that stay are taken over as they stand. */
function spliced(bytes: Uint8Array, spans: readonly MemberSpan[], wanted: ReadonlyMap<string, unknown>): Buffer {
  const parts: (Uint8Array | string)[] = [];
  const open = new Map(wanted);
  let run: { start: number; end: number } | undefined;
  const closeRun = (): void => {
    if (run) parts.push(bytes.subarray(run.start, run.end));
    run = undefined;
  };
  for (const { name, start, end } of spans) {
    if (!wanted.has(name)) {
      run = { start: run?.start ?? start, end };
      continue;
    }
    closeRun();
    parts.push(...memberText(name, open.get(name)));
    open.delete(name);
  }
  closeRun();
  for (const [name, change] of open) parts.push(...memberText(name, change));
  return joined(parts);
}

/** One member, or none when there is nothing to say. */
function memberText(name: string, value: unknown): string[] {
  // Functions have no JSON either, whatever its type says.
  const json: unknown = JSON.stringify(value);
  return typeof json === 'string' ? [`${JSON.stringify(name)}:${json}`] : [];
}

function joined(parts: readonly (Uint8Array | string)[]): Buffer {
  const pieces: Uint8Array[] = [OPEN];
  parts.forEach((part, place) => {
    if (place > 0) pieces.push(COMMA);
    pieces.push(typeof part === 'string' ? Buffer.from(part) : part);
  });
  pieces.push(CLOSE);
  return Buffer.concat(pieces);
}

const OPEN = Buffer.from('{');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from('}');
