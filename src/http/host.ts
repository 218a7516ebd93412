import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/** Names that lead to the machine itself whatever a name server says. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Refuses requests to other host names than these. The name is what a browser was told, not who sent it: a page whose
 * name was made to point here sends its own, and cannot send another.
 * @throws NexusError `forbidden`
 */
export function checkHost(exchange: Exchange, hosts: 'loopback' | readonly string[] | undefined): void {
  if (hosts === undefined) return;
  const name = nameOf(exchange.header('host') ?? '');
  if (hosts === 'loopback' ? LOOPBACK.test(name) : hosts.some((host) => host.toLowerCase() === name)) return;
  const mend =
    hosts === 'loopback'
      ? 'It asks for no key, so it answers to localhost, 127.0.0.1 and [::1] only. Use one of these, or give it keys.'
      : 'Use a name it is known by, or add this one to its option "hosts".';
  throw new NexusError('forbidden', `This server does not answer to the host name of the request. ${mend}`);
}

/** The name in a `host` header, without its port. */
function nameOf(host: string): string {
  return host.trim().toLowerCase().replace(/:\d*$/, '');
}
