import { BlockList, isIP } from 'node:net';

/**
 * IPv4 networks where nobody's public server is: what IANA's registry of special-purpose addresses (RFC 6890) does not
 * call globally reachable, the relays of 6to4, multicast, and the one public address of Azure that tells a machine its
 * own secrets.
 */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];

/**
 * The same of IPv6: everything but global unicast (2000::/3), which leaves out loopback, link-local, unique local,
 * IPv4-compatible and multicast addresses; and of that, protocol assignments with Teredo, documentation, and 6to4.
 */
const SPECIAL_IPV6 = ['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

/** Prefixes an IPv4 address stands behind: IPv4-mapped, and NAT64 (RFC 6052). They lead where that address leads. */
const IPV4_BEHIND = ['::ffff:', '64:ff9b::'];

/** Where clouds tell a machine its own credentials: Amazon, Google, Azure and most others; Alibaba; Oracle. */
const METADATA = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fe80::/10',
  'fd00:ec2::/32',
  'fd20:ce::/32',
];

const SPECIAL = networks([...SPECIAL_IPV4, ...SPECIAL_IPV6]);
const BEHIND = networks(IPV4_BEHIND.map((prefix) => `${prefix}0.0.0.0/96`));
const SPECIAL_BEHIND = networks(SPECIAL_IPV4.flatMap(behindAll));
const METADATA_NETWORKS = networks(METADATA.flatMap((network) => [network, ...behindAll(network)]));

/** True for an address of the public Internet; false for any other, and for what is no address. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  return isWithin(BEHIND, address) ? !isWithin(SPECIAL_BEHIND, address) : !isWithin(SPECIAL, address);
}

/** True for an address where a machine is told about itself: link-local ones, and what clouds use beside them. */
export function isMetadataAddress(address: string): boolean {
  return isWithin(METADATA_NETWORKS, address);
}

/** Networks as one list. Each has to be an address, a slash and the length of its prefix. */
export function networks(all: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of all) {
    const [address = '', length] = network.split('/');
    list.addSubnet(address, Number(length), familyOf(address));
  }
  return list;
}

/** Whether an address is in one of the networks; its zone does not matter. */
export function isWithin(list: BlockList, address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  return isIP(bare) !== 0 && list.check(bare, familyOf(bare));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** An IPv4 network as it looks behind each prefix; nothing of one that is of IPv6 itself. */
function behindAll(network: string): string[] {
  const [address = '', length] = network.split('/');
  if (isIP(address) !== 4) return [];
  return IPV4_BEHIND.map((prefix) => `${prefix}${address}/${96 + Number(length)}`);
}
