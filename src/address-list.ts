import { type BlockList, isIP } from 'node:net';
import { isWithin, networks } from './provider-kit/special-addresses.ts';

const MAPPED = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i;

/** Whether an entry is an address, or a network such as `10.1.0.0/16`. */
export function isAddressOrNetwork(entry: string): boolean {
  const [address = '', length, more] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined || address.includes('%')) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

/** Addresses that requests of a key may come from. */
export class AddressList {
  readonly #networks: BlockList;
  /** The one that was found last: to look takes some microseconds, and callers come from one place for long. */
  #found: string | undefined;

  /** Takes only what `isAddressOrNetwork` does. */
  constructor(entries: readonly string[]) {
    this.#networks = networks(entries.map(networkOf));
  }

  /** What is no address is on no list. An IPv4 address that came over IPv6 is one of IPv4. */
  has(address: string | undefined): boolean {
    if (address === undefined) return false;
    if (address === this.#found) return true;
    const isHere = isWithin(this.#networks, MAPPED.exec(address)?.[1] ?? address);
    if (isHere) this.#found = address;
    return isHere;
  }
}

function networkOf(entry: string): string {
  if (entry.includes('/')) return entry;
  return `${entry}/${isIP(entry) === 4 ? '32' : '128'}`;
}
