import { membersOf } from './member-spans.ts';
import type { MemberSpan } from './member-spans.ts';
import { edited, plainEdits } from './plain-edits.ts';
import { printJson, printRequest } from './print-json.ts';
import { asBuffer } from './text-of.ts';
import { copyWith, withWireText, wireTextOf } from './wire-text.ts';

/**
 * A copy with some members changed, added, or (by `undefined`) removed.
 *
 * When the value carries the text it was parsed from, the copy carries that text with the same changes spliced in: a
 * long prompt is copied as bytes and never printed again. A member that stands there twice, or under an escaped name,
 * is written once and plainly, so that every reader of the text finds what was parsed here. When nothing differs and
 * the text is plain, the value itself comes back.
 * @throws NexusError `request_invalid` for a change that JSON cannot say, where it is spliced into a text.
 */
export function changeMembers<T extends object>(value: T, changes: Changes<T>): T {
  const names = Object.keys(changes);
  const bytes = bytesOf(value);
  const edits = bytes && plainEdits(bytes, value, changes);
  const spans = edits ? undefined : bytes && membersOf(bytes, names);
  if (isEqual(value, changes, names) && (!spans || isPlain(spans))) return value;
  const copy = copyWith(value, changes);
  for (const name of names) if (valueOf(changes, name) === undefined) Reflect.deleteProperty(copy, name);
  if (bytes && edits) return withWireText(copy, edited(bytes, edits));
  return bytes && spans ? withWireText(copy, spliced(bytes, spans, changes, names)) : copy;
}

/** New values of some members; `undefined` removes. */
type Changes<T> = { readonly [K in keyof T]?: T[K] | undefined };

/**
 * What a value is sent as: the text it carries, else its JSON.
 * @throws NexusError `request_invalid` for a value that JSON cannot say.
 */
export function jsonBytesOf(value: object): Uint8Array | string {
  return wireTextOf(value) ?? printRequest(value);
}

function bytesOf(value: object): Buffer | undefined {
  const text = wireTextOf(value);
  return typeof text === 'string' ? Buffer.from(text) : text && asBuffer(text);
}

function valueOf(source: object, name: string): unknown {
  return Reflect.get(source, name);
}

/** Every change is there already. Objects are equal only to themselves. */
function isEqual(value: object, changes: object, names: readonly string[]): boolean {
  return names.every((name) => {
    const change = valueOf(changes, name);
    return change === undefined ? !Object.hasOwn(value, name) : valueOf(value, name) === change;
  });
}

/** Each name that was asked for stands in the text at most once, and as it is. */
function isPlain(spans: readonly MemberSpan[]): boolean {
  const seen: string[] = [];
  for (const { name, isEscaped } of spans) {
    if (name === undefined) continue;
    if (isEscaped || seen.includes(name)) return false;
    seen.push(name);
  }
  return true;
}

/** The text with the changes; runs of members that stay are taken over as they stand. */
function spliced(bytes: Buffer, spans: readonly MemberSpan[], changes: object, names: readonly string[]): Buffer {
  const parts: Part[] = [];
  const toWrite = [...names];
  let run: { start: number; end: number } | undefined;
  for (const { name, start, end } of spans) {
    if (name === undefined) {
      if (run) run.end = end;
      else parts.push((run = { start, end }));
      continue;
    }
    run = undefined;
    const place = toWrite.indexOf(name);
    if (place >= 0) parts.push(...memberText(name, changes));
    if (place >= 0) toWrite.splice(place, 1);
  }
  for (const name of toWrite) parts.push(...memberText(name, changes));
  return joined(bytes, parts);
}

/** New text, or a stretch of the old. */
type Part = string | { readonly start: number; readonly end: number };

/** One member, or none when it is removed. */
function memberText(name: string, changes: object): string[] {
  const json: unknown = printJson(valueOf(changes, name), name);
  return typeof json === 'string' ? [`${JSON.stringify(name)}:${json}`] : [];
}

function joined(bytes: Buffer, parts: readonly Part[]): Buffer {
  const commas = Math.max(parts.length - 1, 0);
  const length = parts.reduce((sum, part) => sum + lengthOf(part), commas + 2);
  const result = Buffer.allocUnsafe(length);
  let at = result.write('{');
  for (const part of parts) {
    if (at > 1) at += result.write(',', at);
    at += typeof part === 'string' ? result.write(part, at) : bytes.copy(result, at, part.start, part.end);
  }
  result.write('}', at);
  return result;
}

function lengthOf(part: Part): number {
  return typeof part === 'string' ? Buffer.byteLength(part) : part.end - part.start;
}
