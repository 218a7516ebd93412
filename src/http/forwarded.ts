import type { Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';

/**
 * The exchange as the proxies before the hub tell of it: where it came from, and whether over https. Each of them has put
 * the address it was asked by behind those it was told (`x-forwarded-for`), so counted from the end as many can be
 * believed as there are proxies of one's own; what a client wrote itself stands before them.
 */
export function forwarded(exchange: Exchange, proxies: number): Exchange {
  if (proxies === 0) return exchange;
  const address = addressIn(believedIn(exchange.header('x-forwarded-for'), proxies));
  const scheme = believedIn(exchange.header('x-forwarded-proto'), proxies);
  return exchangeAround(exchange, {
    address: address ?? exchange.address,
    isSecure: scheme === undefined ? exchange.isSecure : scheme.toLowerCase() === 'https',
  });
}

/** Of a list that grows at its end: what the farthest of one's own proxies has said. */
function believedIn(list: string | undefined, proxies: number): string | undefined {
  const said = (list ?? '').split(',').map((one) => one.trim());
  const one = said[Math.max(0, said.length - proxies)];
  return one === '' ? undefined : one;
}

/** Without port and brackets, which some proxies write. */
function addressIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? [];
  return bracketed ?? text.replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
}
