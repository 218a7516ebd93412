import type { ConsoleSessions } from '../console-sessions.ts';
import { NexusError } from '../errors.ts';
import type { Credentials } from '../ports/index.ts';
import type { Exchange } from './exchange.ts';
import { exchangeAround } from './exchange-around.ts';

const NAME = 'nexus_session';
/** Methods by which nothing is changed. */
const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS'];
/** A session is over after a day at the latest. */
const DAY_SECONDS = 86_400;

/** What the cookie of a request says, where it shows neither a key nor a signature: these count before it. */
export function sessionIn(exchange: Exchange, { key, signedBy }: Credentials): string | undefined {
  if ((key ?? signedBy) !== undefined) return undefined;
  return tokenIn(exchange);
}

function tokenIn(exchange: Exchange): string | undefined {
  for (const pair of (exchange.header('cookie') ?? '').split(';')) {
    const [name = '', value] = pair.trim().split('=', 2);
    if (name === NAME && value !== undefined && value !== '') return value;
  }
  return undefined;
}

/**
 * The exchange of a session as if it had shown the key that the session stands for.
 *
 * A browser sends its cookie along with whatever a page makes it send. So what changes something has to come from a page of
 * this server, and say what only such a page has been told.
 * @throws NexusError `unauthenticated` where the session is over, `forbidden`, `keys_unavailable`
 */
export async function inSession(
  exchange: Exchange,
  token: string,
  sessions: ConsoleSessions | undefined,
): Promise<Exchange> {
  if (!sessions) return exchange;
  const authorization = `Bearer ${await sessions.keyOf(token)}`;
  if (!READS.includes(exchange.method)) {
    checkOrigin(exchange);
    if (!sessions.isCsrfOf(token, exchange.header('x-nexus-csrf') ?? ''))
      throw new NexusError('forbidden', 'The header x-nexus-csrf is missing or wrong. GET /session tells it.');
  }
  return exchangeAround(exchange, {
    header: (name) => (name === 'authorization' ? authorization : exchange.header(name)),
  });
}

/** Browsers say which page makes them change something. */
function checkOrigin(exchange: Exchange): void {
  const origin = exchange.header('origin') ?? '';
  const host = exchange.header('host')?.trim().toLowerCase();
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  throw new NexusError('forbidden', 'A request with the cookie of a session has to come from a page of this server.');
}

/** The cookie of a session that has begun: no script sees it, and no page of another site makes a browser send it. */
export function cookieOf(exchange: Exchange, token: string): string {
  return cookie(exchange, token, DAY_SECONDS);
}

/** Takes the cookie away. */
export function noCookie(exchange: Exchange): string {
  return cookie(exchange, '', 0);
}

function cookie(exchange: Exchange, value: string, seconds: number): string {
  const secure = exchange.isSecure ? '; Secure' : '';
  return `${NAME}=${value}; Path=${baseOf(exchange)}; Max-Age=${String(seconds)}; HttpOnly; SameSite=Strict${secure}`;
}

/** What the hub is mounted under. */
function baseOf({ target, path }: Exchange): string {
  const [place = ''] = target.replace(/^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  const base = place.endsWith(path) ? place.slice(0, -path.length) : '';
  return /^(\/[\w.~%-]+)+$/.test(base) ? base : '/';
}
