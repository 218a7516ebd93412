import { isDeepStrictEqual } from 'node:util';
import { UpstreamGuard } from '../../provider-kit/upstream-guard.ts';
import type { ConfigComplaint } from './check-config.ts';
import type { Config } from './config-schema.ts';
import { isMembers, type Keyed } from './keyed.ts';
import { upstreamRulesOf } from './providers-of.ts';

/** Members of a provider that say where its requests, and its keys, go. */
export const PLACES = ['server_url', 'kind', 'preset'] as const;

/** What a kind of one's own is told may be a place, too. */
const PLACES_OF_ANY_KIND = [...PLACES, 'options'] as const;

/**
 * Providers whose servers the owner's file has named. What was moved to another server since is not among them.
 * @param file what the file says, with its secrets marked as in `keyed`.
 */
export function ownersProviders(keyed: Keyed, file: Keyed): ReadonlySet<string> {
  const [known, named] = [keyed['providers'], file['providers']];
  if (!isMembers(known) || !isMembers(named)) return new Set();
  const isThere = ([id, settings]: [string, Keyed[string]]): boolean => {
    const own = Object.hasOwn(named, id) ? named[id] : undefined;
    if (!isMembers(settings) || !isMembers(own)) return false;
    return PLACES_OF_ANY_KIND.every((member) => isDeepStrictEqual(settings[member], own[member]));
  };
  return new Set(Object.entries(known).flatMap((entry) => (isThere(entry) ? [entry[0]] : [])));
}

/** Providers whose servers may not be where they are, as their URLs are written. What names lead to is seen when they are asked. */
export function privateServers(config: Config, owners: ReadonlySet<string>): readonly ConfigComplaint[] {
  return config.providers.flatMap(({ id, server_url: url }, place) => {
    const rules = upstreamRulesOf(config, owners.has(id));
    if (!rules || url === undefined) return [];
    const guard = new UpstreamGuard(new URL(url), rules);
    if (guard.isAllowedAsWritten) return [];
    const message = `"${guard.server}" is on this machine or a private network; if that is meant, name it in security.allowed_upstreams`;
    return [{ path: ['providers', place, 'server_url'], message }];
  });
}
