import type { Authenticator, Caller, Clock, Credentials } from '../../ports/index.ts';
import { isKeySecret } from './key-secret.ts';
import type { KnownKey, ShownBy } from './known-key.ts';
import { type KnownKeys, unavailable } from './known-keys.ts';
import type { LastUses } from './last-uses.ts';
import type { SigningKeys } from './signing-keys.ts';

interface Needs {
  readonly known: KnownKeys;
  readonly uses: LastUses;
  readonly signing: SigningKeys;
  readonly clock: Clock;
}

/** Ids of stored keys; names of others may look so, too. */
const ID = /^key_[\da-f-]{36}$/;

/** Knows callers by stored keys first; whom it does not know, the other one does, or nobody. */
export function storedKeyAuthenticator(other: Authenticator, { known, uses, signing, clock }: Needs): Authenticator {
  const signingKeys = new WeakMap<KnownKey, Promise<Uint8Array | undefined>>();

  const admit = (found: KnownKey, shownBy: ShownBy, { address }: Credentials): Caller => {
    const caller = found.admit(shownBy, address, clock.now());
    uses.note(caller.id);
    return caller;
  };

  const signerOf = async (id: string, signal: AbortSignal): Promise<Uint8Array | undefined> => {
    const found = await known.byId(id);
    const [secret] = found?.key.secrets ?? [];
    if (!found || !secret) return other.signingKey?.(id, signal);
    let key = signingKeys.get(found);
    if (!key) signingKeys.set(found, (key = signing.reveal(secret)));
    return key.catch((cause: unknown) => {
      signingKeys.delete(found);
      throw unavailable(cause);
    });
  };

  return {
    identify(credentials, signal) {
      const { via, key, signedBy } = credentials;
      const isStored = signedBy === undefined ? key !== undefined && isKeySecret(key) : ID.test(signedBy);
      if (via === 'process' || !isStored) return other.identify(credentials, signal);
      const shownBy = signedBy === undefined ? 'secret' : 'signature';
      const found = signedBy === undefined ? known.bySecret(key ?? '') : known.byId(signedBy);
      if (found instanceof Promise)
        return found.then((one) => (one ? admit(one, shownBy, credentials) : other.identify(credentials, signal)));
      return found ? admit(found, shownBy, credentials) : other.identify(credentials, signal);
    },
    ...((signing.areThere || other.signingKey) && {
      signingKey: (id, signal) => (ID.test(id) ? signerOf(id, signal) : other.signingKey?.(id, signal)),
    }),
  };
}
