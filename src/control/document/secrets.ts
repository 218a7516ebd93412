import type { StoredJson } from '../../ports/config-store.ts';
import { isMembers, type Keyed } from './keyed.ts';

/** What stands in a document in place of a secret: its id, and the last letters of it. */
export type SecretMark = Readonly<Record<'secret' | 'last4', string>>;

/** Where in a keyed document secrets are; `*` stands for any name. */
const PLACES: readonly (readonly string[])[] = [
  ['providers', '*', 'api_key'],
  ['providers', '*', 'secret_key'],
  ['providers', '*', 'headers', '*'],
  ['keys', '*', 'key'],
];
/** What a kind of one's own is told: nobody here knows which of it is secret, so all texts in it are, however deep. */
const DEEP_PLACE: readonly string[] = ['providers', '*', 'options'];
/** Provider keys with names, as a list of texts or of `{name, key}`. */
const LIST_PLACE: readonly string[] = ['providers', '*', 'api_keys'];

/** A secret in a document: plain, as somebody wrote it, or the mark of one that is kept. */
export type SecretValue = string | SecretMark;

/** True for what stands in place of a secret. */
export function isMark(value: StoredJson | undefined): value is StoredJson & SecretMark {
  return isMembers(value) && typeof value['secret'] === 'string' && typeof value['last4'] === 'string';
}

/**
 * The same keyed document with something else in place of each secret. `change` gets the place as a path, for its own
 * bookkeeping, and may give `undefined` to take the member away.
 */
export function mapSecrets(keyed: Keyed, change: (value: SecretValue, path: string) => StoredJson | undefined): Keyed {
  const walk = (value: StoredJson, path: readonly string[]): StoredJson | undefined => {
    if (isSecretPlace(path) || isDeep(path)) {
      if (isSecret(value)) return change(value, path.join('.'));
      if (!isDeep(path)) return value;
      if (Array.isArray(value))
        return (value as readonly StoredJson[]).map((item, place) => walk(item, [...path, String(place)]) ?? null);
    }
    if (matches(LIST_PLACE, path)) return listOf(value, path, change);
    if (!(leadsToSecrets(path) || isDeep(path)) || !isMembers(value) || isMark(value)) return value;
    const members = Object.entries(value).flatMap(([name, item]) => {
      const changed = walk(item, [...path, name]);
      return changed === undefined ? [] : [[name, changed] as const];
    });
    return Object.fromEntries(members);
  };
  return walk(keyed, []) as Keyed;
}

/** Ids of the secrets that marks in these keyed documents stand for. */
export function secretIdsIn(...documents: readonly Keyed[]): Set<string> {
  const ids = new Set<string>();
  for (const document of documents)
    mapSecrets(document, (value) => {
      if (isMark(value)) ids.add(value.secret);
      return undefined;
    });
  return ids;
}

function listOf(
  list: StoredJson,
  path: readonly string[],
  change: (value: SecretValue, path: string) => StoredJson | undefined,
): StoredJson {
  if (!Array.isArray(list)) return list;
  return (list as readonly StoredJson[]).flatMap((item, place): StoredJson[] => {
    if (isMembers(item) && !isMark(item)) {
      const { key, ...rest } = item;
      const name = typeof rest['name'] === 'string' ? rest['name'] : String(place);
      const changed = isSecret(key) ? change(key, [...path, name].join('.')) : key;
      return changed === undefined ? [] : [{ ...rest, key: changed }];
    }
    const changed = isSecret(item) ? change(item, [...path, `k${String(place + 1)}`].join('.')) : item;
    return changed === undefined ? [] : [changed];
  });
}

function isSecret(value: StoredJson | undefined): value is StoredJson & SecretValue {
  return typeof value === 'string' || isMark(value);
}

function isSecretPlace(path: readonly string[]): boolean {
  return PLACES.some((place) => matches(place, path));
}

/** A thousand models of a provider are not looked through. */
function leadsToSecrets(path: readonly string[]): boolean {
  return [...PLACES, LIST_PLACE, DEEP_PLACE].some((place) => place.length > path.length && begins(place, path));
}

function isDeep(path: readonly string[]): boolean {
  return path.length >= DEEP_PLACE.length && begins(DEEP_PLACE, path.slice(0, DEEP_PLACE.length));
}

function matches(place: readonly string[], path: readonly string[]): boolean {
  return place.length === path.length && begins(place, path);
}

function begins(place: readonly string[], path: readonly string[]): boolean {
  return path.every((step, at) => place[at] === '*' || place[at] === step);
}

/** A secret as people see it: enough to know it again. */
export function shownSecret({ last4 }: SecretMark): string {
  return `sk-…${last4}`;
}
