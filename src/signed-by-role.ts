import { NexusError } from './errors.ts';
import type { Authenticator, Caller, Credentials } from './ports/index.ts';
import type { Roles } from './roles.ts';
import { isPromise } from './defaults/is-promise.ts';

/** The same authenticator, which lets callers whose role has to sign in by signed requests only, however it knows them. */
export function signedByRole(authenticator: Authenticator, roles: Roles): Authenticator {
  if (!roles.haveSigning) return authenticator;
  const checked = (caller: Caller, { via, signedBy }: Credentials): Caller => {
    if (via === 'process' || signedBy !== undefined || !roles.mustSign(caller)) return caller;
    const message = `The role "${caller.role}" of this API key takes signed requests only. Sign them with it in place of sending it.`;
    throw new NexusError('unauthenticated', message);
  };
  return {
    ...(authenticator.signingKey && { signingKey: authenticator.signingKey.bind(authenticator) }),
    identify(credentials, signal) {
      const caller = authenticator.identify(credentials, signal);
      return isPromise(caller) ? caller.then((one) => checked(one, credentials)) : checked(caller, credentials);
    },
  };
}
