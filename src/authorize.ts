import type { Parts } from './parts.ts';
import type { Permission } from './permissions.ts';
import type { Caller, Credentials } from './ports/index.ts';
import { whileWanted } from './while-wanted.ts';

/**
 * Who shows these credentials, if its role has the permission; `any`: whatever its role. `isKnown` hears who it is even where that may not.
 * @throws NexusError `unauthenticated`, `forbidden`; `cancelled` when `signal` aborts before it is known
 */
export async function authorize(
  { authenticator, roles }: Pick<Parts, 'authenticator' | 'roles'>,
  credentials: Credentials,
  permission: Permission | 'any',
  signal: AbortSignal = new AbortController().signal,
  isKnown?: (caller: Caller) => void,
): Promise<Caller> {
  const caller = await whileWanted(authenticator.identify(credentials, signal), signal);
  isKnown?.(caller);
  if (permission !== 'any') roles.check(caller, permission);
  return caller;
}
