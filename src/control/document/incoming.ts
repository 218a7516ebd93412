import { NexusError } from '../../errors.ts';
import type { StoredJson } from '../../ports/config-store.ts';
import { CHANGING_SECTIONS, STARTING_SECTIONS } from './config-schema.ts';
import { forbiddenNameIn } from './forbidden-name.ts';
import { type ConfigDocument, isMembers, type Keyed, keyedOf, listedOf } from './keyed.ts';
import { isMark, mapSecrets, type SecretMark, shownSecret } from './secrets.ts';
import { wrongMember } from './wrong-member.ts';

/**
 * A change that came from outside, by name: `providers` as a list or by id, as may be. A secret that is shown shortened
 * and comes back so is left as it is.
 * @param current what is in force, for those.
 * @throws NexusError `request_invalid`
 */
export function incomingChange(change: Readonly<Record<string, unknown>>, current: Keyed): Keyed {
  const plain = plainJson(change);
  for (const section of Object.keys(plain)) checkSection(section);
  checkNames(plain);
  return withoutEchoes(keyedOf(plain), current);
}

/**
 * A whole document that came from outside.
 * @throws NexusError `request_invalid`
 */
export function incomingDocument(document: Readonly<Record<string, unknown>>): ConfigDocument {
  return listedOf(incomingChange(document, {}));
}

/** What cannot be said in JSON was never in a body; whoever calls by program may give anything. */
function plainJson(change: Readonly<Record<string, unknown>>): Keyed {
  const forbidden = forbiddenNameIn(change);
  if (forbidden) throw wrongMember(forbidden.join('.'), 'is a name that nothing can have');
  try {
    const value = JSON.parse(JSON.stringify(change)) as StoredJson;
    if (isMembers(value)) return value;
  } catch {
    // It refers to itself, or has a number that JSON does not have.
  }
  throw new NexusError('request_invalid', 'The configuration must be an object of plain JSON.');
}

function checkSection(section: string): void {
  if (CHANGING_SECTIONS.includes(section)) return;
  const why = STARTING_SECTIONS.includes(section)
    ? 'holds from the start of the server: change it in the file, and start anew'
    : `is no section of a configuration; there are ${CHANGING_SECTIONS.join(', ')}`;
  throw wrongMember(section.slice(0, 64), why);
}

/** By its name each item says which one it is; of two with the same name one would be lost. */
function checkNames(change: Keyed): void {
  checkList(change['keys'], 'keys', 'name');
  checkList(change['providers'], 'providers', 'id');
  const providers = change['providers'] ?? [];
  const entries = Array.isArray(providers) ? providers.entries() : Object.entries(providers);
  for (const [own, provider] of entries as Iterable<readonly [number | string, StoredJson]>) {
    const models = isMembers(provider) ? provider['models'] : undefined;
    const path = typeof own === 'number' ? `providers[${String(own)}]` : `providers.${own}`;
    checkList(models, `${path}.models`, 'name', true);
  }
}

/** @param mayBeText an item may be nothing but its name. */
function checkList(list: StoredJson | undefined, where: string, name: 'id' | 'name', mayBeText = false): void {
  if (list === undefined || list === null) return;
  if (!Array.isArray(list)) {
    if (!isMembers(list)) throw wrongMember(where, 'must be a list, or members by their names');
    return;
  }
  const seen = new Set<StoredJson>();
  for (const [place, item] of (list as readonly StoredJson[]).entries()) {
    const own = isMembers(item) ? item[name] : mayBeText ? item : undefined;
    const path = `${where}[${String(place)}]${isMembers(item) || !mayBeText ? `.${name}` : ''}`;
    if (typeof own !== 'string' || own === '') throw wrongMember(path, 'must be a text that is not empty');
    if (seen.has(own)) throw wrongMember(path, `another one of ${where} has this ${name}`);
    seen.add(own);
  }
}

/** @throws NexusError `request_invalid` for what stands for a secret, which nobody outside can know */
function withoutEchoes(change: Keyed, current: Keyed): Keyed {
  const shown = new Map<string, SecretMark>();
  mapSecrets(current, (value, path) => {
    if (isMark(value)) shown.set(path, value);
    return undefined;
  });
  return mapSecrets(change, (value, path) => {
    if (isMark(value)) throw wrongMember(path, 'must be a text');
    const mark = shown.get(path);
    if (typeof value !== 'string' || !value.startsWith('sk-…')) return value;
    if (mark && value === shownSecret(mark)) return { ...mark };
    throw wrongMember(path, 'is a secret as it is shown, not as it is: give it whole, or leave it out');
  });
}
