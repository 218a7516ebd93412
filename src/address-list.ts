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

/** Whether each of these addresses and networks lies in one of the others. Those of IPv4 lie in none of IPv6. */
export function isAllWithin(entries: readonly string[], others: readonly string[]): boolean {
  const homes = others.map((other) => ({ ...partsOf(other), all: networks([networkOf(other)]) }));
  return entries.map(partsOf).every(({ address, length }) =>
    // Asked for in the family it is written in: what is mapped into IPv6 can be wider than IPv4 is.
    homes.some((home) => isIP(home.address) === isIP(address) && home.length <= length && isWithin(home.all, address)),
  );
}

function partsOf(entry: string): { readonly address: string; readonly length: number } {
  const [address = '', length] = networkOf(entry).split('/');
  return { address, length: Number(length) };
}

function networkOf(entry: string): string {
  if (entry.includes('/')) return entry;
  return `${entry}/${isIP(entry) === 4 ? '32' : '128'}`;
}
