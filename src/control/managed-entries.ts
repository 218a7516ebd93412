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
