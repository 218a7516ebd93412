import { hash, randomBytes } from 'node:crypto';
import { NexusError } from '../errors.ts';
import type { Authenticator, Caller } from '../ports/authenticator.ts';
import { SHORTEST_SECRET } from '../signatures/signature-base.ts';
import { nanoUsdOf } from './nano-usd.ts';
import { signingKeyOf } from './signing-key.ts';

/** A key callers use, and what it may do. */
export interface KeyOptions {
  /** Name of the key in records and logs, unique. */
  readonly name: string;
  /** The key itself, as callers send it. */
  readonly key: string;
  /** What it may do: `admin`, `operator`, `viewer`, `user`, or one of `roles`. @default 'user' */
  readonly role?: string | undefined;
  /** Models it may use, at least one. @default all */
  readonly models?: readonly string[] | undefined;
  /** Providers that may answer it, at least one; no other is asked, also not by fallbacks. @default all */
  readonly providers?: readonly string[] | undefined;
  /** Requests it may make in a minute. @default no limit of its own */
  readonly requestsPerMinute?: number | undefined;
  /** Tokens it may use in a minute. @default no limit of its own */
  readonly tokensPerMinute?: number | undefined;
  /** Requests it may have running at once. @default no limit of its own */
  readonly maxConcurrent?: number | undefined;
  /** US dollars it may spend in a calendar day and month (UTC). @default no limit of its own */
  readonly budgetUsd?: { readonly day?: number | undefined; readonly month?: number | undefined } | undefined;
  /** Higher goes first where requests wait for a place, -100 to 100. @default 0 */
  readonly priority?: number | undefined;
  /**
   * Whether requests must be signed, or may be: then the key itself, as bearer, will do. Only keys of 32 characters and
   * more can sign. @default 'allowed'
   */
  readonly signature?: 'required' | 'allowed' | undefined;
}

const PROCESS: Caller = { id: 'process', role: 'admin' };
const ANYBODY: Caller = { id: 'anonymous', role: 'user' };

/**
 * Knows callers by their bearer key, or by the name they have signed with. Calls from our own program need neither;
 * without any keys configured, anybody may call, unless a key is needed all the same.
 *
 * Keys are kept as SHA-256 behind a pepper of this process, so memory holds none in clear, and looking one up takes the
 * same time whether it is nearly right or not. The digests never leave the process, so that nobody can lengthen one: a
 * full HMAC would protect from that and costs three times as much on every request.
 */
export function bearerAuthenticator(keys: readonly KeyOptions[], needsKey = false): Authenticator {
  const pepper = randomBytes(32).toString('base64');
  const digest = (key: string): string => hash('sha256', pepper + key, 'base64');
  if (keys.length === 0 && !needsKey) return { identify: ({ via }) => (via === 'process' ? PROCESS : ANYBODY) };
  const named = new Map(keys.map((key) => [key.name, knownKeyOf(key)]));
  const byKey = new Map(keys.map(({ name, key }) => [digest(key), named.get(name)]));
  return {
    identify({ via, key, signedBy }) {
      if (via === 'process') return PROCESS;
      const signer = signedBy === undefined ? undefined : named.get(signedBy);
      if (signer) return signer.caller;
      if (key === undefined)
        throw new NexusError(
          'unauthenticated',
          'No API key was sent. Send it as "Authorization: Bearer <key>", or sign the request (tag="nexusai-hub").',
        );
      const known = byKey.get(digest(key));
      if (known && !known.mustSign) return known.caller;
      throw new NexusError(
        'unauthenticated',
        known
          ? 'This API key takes signed requests only. Sign them with it in place of sending it.'
          : 'The API key is not known here. Check it with whoever runs this hub.',
      );
    },
    signingKey: (keyId) => named.get(keyId)?.signingKey,
  };
}

/** What is kept of a key; without a signing key it is too short to sign. */
function knownKeyOf(options: KeyOptions) {
  return {
    caller: callerOf(options),
    mustSign: options.signature === 'required',
    signingKey: options.key.length < SHORTEST_SECRET ? undefined : signingKeyOf(options.key),
  };
}

function callerOf({ name, role = 'user', budgetUsd, ...limits }: KeyOptions): Caller {
  const { models, providers, requestsPerMinute, tokensPerMinute, maxConcurrent, priority, signature } = limits;
  return {
    id: name,
    role,
    ...(models ? { models } : {}),
    ...(providers ? { providers } : {}),
    ...(requestsPerMinute === undefined ? {} : { requestsPerMinute }),
    ...(tokensPerMinute === undefined ? {} : { tokensPerMinute }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(budgetUsd === undefined ? {} : { budgetNanoUsd: nanoUsdOf(budgetUsd) }),
    ...(priority === undefined ? {} : { priority }),
    ...(signature === 'required' ? { signature } : {}),
  };
}
