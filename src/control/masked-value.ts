import { HIDDEN } from '../masking/key-shapes.ts';
import { isSecretName } from '../masking/secret-names.ts';
import type { TextMask } from '../masking/text-mask.ts';
import { Secret } from '../provider-kit/secret.ts';

/** More that a member with secrets is called here, without its underscores: a list of `api_keys`, `credentials`. */
const SECRET_NAMES = /(key|secret|token|password|passwd|passphrase|credential|authorization|cookie|pepper)s?$/i;
/** Whose members are secret by any name: nobody knows what a header carries. */
const SECRET_GROUPS = /^(headers|env|environment)$/i;
/** What tells which secret it is, and not what it is. */
const TELLING_NAMES = /^(id|name|kind|type|prefix|last_?4|last_?four)$/i;

const MOST_LEVELS = 12;
const MOST_MEMBERS = 2_000;

/**
 * A value as it may be kept and shown, as plain JSON: secrets, and texts that look like one or stand under a name of one,
 * become `[secret]`. What has no form in JSON is named by its kind.
 */
export function maskedValue(value: unknown, mask: TextMask): unknown {
  return shown(value, false, [], mask);
}

/** @param isSecret it stands under the name of a secret: a text is hidden, whatever it looks like. */
function shown(value: unknown, isSecret: boolean, above: readonly object[], mask: TextMask): unknown {
  switch (typeof value) {
    case 'string':
      return isSecret && value !== '' ? HIDDEN : mask(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return value;
    case 'bigint':
      return String(value);
    case 'object':
      return value === null ? null : shownObject(value, isSecret, above, mask);
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
  }
}

function shownObject(value: object, isSecret: boolean, above: readonly object[], mask: TextMask): unknown {
  // One of another copy of this package is no instance of ours, and tells nothing either.
  if (value instanceof Secret || 'reveal' in value) return HIDDEN;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (above.includes(value)) return '[circular]';
  if (above.length >= MOST_LEVELS) return '[deep]';
  const path = [...above, value];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const more = items.length > MOST_MEMBERS ? [`[${String(items.length - MOST_MEMBERS)} more]`] : [];
    return [
      ...items.slice(0, MOST_MEMBERS).map((item) => shown(item, isSecret && !isObject(item), path, mask)),
      ...more,
    ];
  }
  const members = membersOf(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(
    members.map(([name, member]) => {
      const isHidden = isSecret && !isObject(member) && !TELLING_NAMES.test(name);
      return [mask(name), shown(member, isHidden || hides(name), path, mask)];
    }),
  );
}

function membersOf(value: object): (readonly [name: string, member: unknown])[] {
  if (value instanceof Map) return [...value].map(([name, member]) => [String(name), member] as const);
  return Object.keys(value).map((name) => [name, Reflect.get(value, name)] as const);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function hides(name: string): boolean {
  return isSecretName(name) || SECRET_NAMES.test(name.replace(/[-_]/g, '')) || SECRET_GROUPS.test(name);
}
