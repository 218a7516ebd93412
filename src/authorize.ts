import type { Parts } from './parts.ts';
import type { Permission } from './permissions.ts';
import type { Caller, Credentials } from './ports/index.ts';
import type { Roles } from './roles.ts';
import { whileWanted } from './while-wanted.ts';

/**
 * Who shows these credentials, if its role has the permission; `any`: whatever its role. At once where that is known at
 * once. `isKnown` hears who it is even where that may not.
 * @throws NexusError, or rejects with one, `unauthenticated`, `forbidden`; `cancelled` when `signal` aborts before it is
 * known
 */
export function authorize(
  { authenticator, roles }: Pick<Parts, 'authenticator' | 'roles'>,
  credentials: Credentials,
  permission: Permission | 'any',
  signal: AbortSignal = new AbortController().signal,
  isKnown?: (caller: Caller) => void,
): Caller | Promise<Caller> {
  const caller = whileWanted(authenticator.identify(credentials, signal), signal);
  return caller instanceof Promise
    ? caller.then((known) => permitted(known, permission, roles, isKnown))
    : permitted(caller, permission, roles, isKnown);
}

function permitted(
  caller: Caller,
  permission: Permission | 'any',
  roles: Roles,
  isKnown: ((caller: Caller) => void) | undefined,
): Caller {
  isKnown?.(caller);
  if (permission !== 'any') roles.check(caller, permission);
  return caller;
}
