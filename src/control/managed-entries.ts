import { hash } from 'node:crypto';
import { NexusError } from '../errors.ts';
import { isMembers, type Keyed } from './document/keyed.ts';

/** A value that changes with what is configured, for `If-Match`. It tells nothing of it. */
export function tagOf(settings: Keyed): string {
  return hash('sha256', JSON.stringify(settings), 'base64url').slice(0, 22);
}

/** Providers of a configuration by their ids. */
export function providersIn(keyed: Keyed): Readonly<Record<string, Keyed>> {
  return membersOf(keyed['providers']);
}

/** Models of a provider by their names. */
export function modelsIn(provider: Keyed): Readonly<Record<string, Keyed>> {
  return membersOf(provider['models']);
}

function membersOf(value: Keyed[string] | undefined): Readonly<Record<string, Keyed>> {
  if (!isMembers(value)) return {};
  const entries = Object.entries(value).flatMap(([name, members]) =>
    isMembers(members) ? [[name, members] as const] : [],
  );
  return Object.fromEntries(entries);
}

/** An entry by its name, whatever other objects have of that name. */
export function entryIn(entries: Readonly<Record<string, Keyed>>, name: string): Keyed | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

/** What a path names is not there. */
export function noSuch(what: 'provider' | 'model', id: string): NexusError {
  return new NexusError(
    'not_found',
    `There is no ${what} ${JSON.stringify(id.slice(0, 200))} that is configured here.`,
  );
}

/** Makes of an entry, as it is when its turn has come, what it is to be; `null`: gone. `whole`: all that is in force. */
export type EntryChange = (known: Keyed | undefined, whole: Keyed) => Keyed | null;

type Entry = readonly [what: 'provider' | 'model', id: string];

/**
 * Makes an entry.
 * @param param the member that names it.
 * @throws NexusError `conflict` where it is there already
 */
export function creating([what, id]: Entry, param: string, make: (whole: Keyed) => Keyed): EntryChange {
  return (known, whole) => {
    if (!known) return make(whole);
    const message = `There is a ${what} ${JSON.stringify(id)} already. Change it by PUT.`;
    throw new NexusError('conflict', message, { param });
  };
}

/**
 * Changes an entry.
 * @throws NexusError `not_found`
 */
export function updating([what, id]: Entry, make: (known: Keyed, whole: Keyed) => Keyed): EntryChange {
  return (known, whole) => {
    if (!known) throw noSuch(what, id);
    return make(known, whole);
  };
}

/**
 * Takes an entry away.
 * @throws NexusError `not_found`
 */
export function removing([what, id]: Entry): EntryChange {
  return (known) => {
    if (!known) throw noSuch(what, id);
    return null;
  };
}
