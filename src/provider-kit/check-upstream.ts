import { ALLOWABLE_RULE, isAllowable } from './allowed-upstreams.ts';
import type { TransportOptions } from './transport-options.ts';
import { UpstreamGuard } from './upstream-guard.ts';

/**
 * What watches over connections, where servers may not be everywhere.
 * @throws TypeError for rules that are wrong, and for a URL that they do not allow as it is written.
 */
export function upstreamGuard(owner: string, options: TransportOptions): UpstreamGuard | undefined {
  const { baseUrl, security, lookup } = options;
  if (security === undefined) return undefined;
  const { allowPrivateUpstreams = true, allowedUpstreams } = security;
  if (typeof allowPrivateUpstreams !== 'boolean')
    throw new TypeError(`${owner}: security.allowPrivateUpstreams must be true or false.`);
  if (allowedUpstreams !== undefined && !(Array.isArray(allowedUpstreams) && allowedUpstreams.every(isAllowable)))
    throw new TypeError(`${owner}: security.allowedUpstreams ${ALLOWABLE_RULE}.`);
  if (allowPrivateUpstreams) {
    if (allowedUpstreams === undefined) return undefined;
    throw new TypeError(`${owner}: security.allowedUpstreams needs allowPrivateUpstreams: false; without it all are.`);
  }
  const guard = new UpstreamGuard(new URL(baseUrl), security, lookup);
  if (guard.isAllowedAsWritten) return guard;
  const { server } = guard;
  const rule = 'must be a server on the public Internet, as security.allowPrivateUpstreams is false';
  throw new TypeError(
    `${owner}: baseUrl ${rule}; got ${server}. If it is meant, put "${server}" into the allowed upstreams.`,
  );
}
