import { type BlockList, isIP } from 'node:net';

import { isWithin, networks } from './special-addresses.ts';

/** Servers an owner has named, for all that they stand on a private network. */
export class AllowedUpstreams {
  readonly #networks: BlockList;
  /** Names and addresses, with or without a port. */
  readonly #hosts: ReadonlySet<string>;

  /** Takes only what `isAllowable` does. */
  constructor(entries: readonly string[]) {
    this.#networks = networks(entries.filter((entry) => entry.includes('/')));
    this.#hosts = new Set(entries.filter((entry) => !entry.includes('/')).map((entry) => hostOf(entry) ?? entry));
  }

  /** Whether a name, or an address as it is written, was named: with this port, or with none. */
  hasHost(host: string, port: string): boolean {
    return this.#hosts.has(host) || this.#hosts.has(withPort(host, port));
  }

  hasAddress(address: string, port: string): boolean {
    return isWithin(this.#networks, address) || this.hasHost(plainHost(bracketed(address)) ?? address, port);
  }
}

/** What an entry of the list may look like, for people. */
export const ALLOWABLE_RULE =
  'must be a list of hosts and networks, such as "llm.internal", "10.1.2.3:8000", "[fd00::1]:8000" or "10.1.2.0/24"';

/** True for a network, or a host with or without a port. */
export function isAllowable(entry: unknown): boolean {
  if (typeof entry !== 'string') return false;
  const [address = '', length, more] = entry.split('/');
  if (length === undefined) return hostOf(entry) !== undefined;
  const family = isIP(address);
  return more === undefined && family !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128);
}

/** A host of a URL as it is compared: no brackets, and no dots behind it. */
export function bareHost(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '').replace(/\.+$/, '');
}

/** A host and a port, as one text. */
export function withPort(host: string, port: string): string {
  return `${bracketed(host)}:${port}`;
}

/** An entry in the spelling that URLs have: `LLM.Internal.:80` is `llm.internal:80`. `undefined`: it is no host. */
function hostOf(entry: string): string | undefined {
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  const plain = host === undefined ? undefined : plainHost(host);
  if (plain === undefined || Number(port ?? 0) > 65_535) return undefined;
  return port === undefined ? plain : withPort(plain, String(Number(port)));
}

function plainHost(host: string): string | undefined {
  if (host === '' || /[/?#@\\\s]/.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  return bareHost(new URL(`http://${host}`).hostname);
}

function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}
