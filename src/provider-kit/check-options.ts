import { upstreamGuard } from './check-upstream.ts';
import { isKey } from './secret.ts';
import type { TransportOptions } from './transport-options.ts';

/**
 * Checks one option of an adapter when it is made.
 * @throws TypeError naming the option, the rule and the value got.
 */
export type OptionCheck = (owner: string, option: string, value: unknown) => void;

/** A URL with http or https and no credentials in it. */
export const checkBaseUrl: OptionCheck = (owner, option, value) => {
  const rule = 'must be an http or https URL';
  if (typeof value !== 'string' || !URL.canParse(value)) throw wrong(owner, option, rule, value);
  const { protocol, username, password } = new URL(value);
  if (protocol !== 'http:' && protocol !== 'https:') throw wrong(owner, option, rule, value);
  if (username !== '' || password !== '')
    throw new TypeError(`${owner}: ${option} must not hold a user name or password; use headers instead.`);
};

/** A key: a text that fits into a header, or a function that gives one. The value is never shown. */
export const checkKey: OptionCheck = (owner, option, value) => {
  if (typeof value === 'function') return;
  const rule = 'must be a text without line breaks or blanks around it, or a function that gives one';
  if (typeof value !== 'string') throw wrong(owner, option, rule, value);
  if (value === '') throw new TypeError(`${owner}: ${option} ${rule}; got an empty text. Is its variable set?`);
  if (!isKey(value))
    throw new TypeError(`${owner}: ${option} ${rule}; the one given has such characters (it is not shown here).`);
};

/** A whole number of at least 1, or nothing. */
export const checkCount: OptionCheck = (owner, option, value) => {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= 1)) return;
  throw wrong(owner, option, 'must be a whole number of at least 1', value);
};

/** A list of names, or nothing. */
export const checkNames: OptionCheck = (owner, option, value) => {
  if (value === undefined) return;
  const isList = Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '');
  if (!isList) throw wrong(owner, option, 'must be a list of names', value);
};

/** One of these values, or nothing. */
export function checkOneOf(owner: string, option: string, value: unknown, allowed: readonly unknown[]): void {
  if (value === undefined || allowed.includes(value)) return;
  throw wrong(owner, option, `must be one of ${allowed.map((one) => JSON.stringify(one)).join(', ')}`, value);
}

/** A function, or nothing. */
export const checkFunction: OptionCheck = (owner, option, value) => {
  if (value !== undefined && typeof value !== 'function') throw wrong(owner, option, 'must be a function', value);
};

/** What is sent as a header: a text of one line in Latin letters, or nothing. It is never shown. */
export const checkHeaderText: OptionCheck = (owner, option, value) => {
  if (value === undefined || (typeof value === 'string' && !/[^\t\x20-\x7e\x80-\xff]/.test(value))) return;
  throw new TypeError(`${owner}: ${option} must be a text without line breaks, in letters that headers may hold.`);
};

/** Headers of the connection, and of the body as it is sent: who sends it sets them, and another value breaks every request. */
const HEADERS_OF_TRANSPORT =
  /^(host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|proxy-connection)$/i;

/** Headers to send: texts by name, or nothing. Values are never shown. */
export const checkHeaders: OptionCheck = (owner, option, value) => {
  if (value === undefined) return;
  const rule = 'must be an object of texts by header name';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(owner, option, rule, value);
  for (const [name, text] of Object.entries(value)) {
    if (!/^[-!#$%&'*+.^_`|~\dA-Za-z]+$/.test(name)) throw wrong(owner, option, rule, name);
    if (HEADERS_OF_TRANSPORT.test(name))
      throw new TypeError(`${owner}: ${option} must not have "${name}": it is set by what sends the request.`);
    checkHeaderText(owner, `${option}["${name}"]`, text ?? null);
  }
};

/** The options every adapter hands to its transport. */
export function checkTransport(owner: string, options: TransportOptions): void {
  const { baseUrl, headers, fetch, dispatcher, proxy, connections, keepAliveMs, connectTimeoutMs, lookup } = options;
  checkBaseUrl(owner, 'baseUrl', baseUrl);
  checkHeaders(owner, 'headers', headers);
  checkFunction(owner, 'fetch', fetch);
  checkCount(owner, 'connections', connections);
  checkCount(owner, 'keepAliveMs', keepAliveMs);
  checkCount(owner, 'connectTimeoutMs', connectTimeoutMs);
  checkFunction(owner, 'lookup', lookup);
  if (dispatcher !== undefined && typeof dispatcher.dispatch !== 'function')
    throw wrong(owner, 'dispatcher', "must be one of undici's", dispatcher);
  const isProxy = proxy === undefined || proxy === false || proxy === 'environment' || isHttpUrl(proxy);
  // Its value may hold a password.
  if (!isProxy) throw new TypeError(`${owner}: proxy must be "environment", false, or the http URL of a proxy.`);
  upstreamGuard(owner, options);
}

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function wrong(owner: string, option: string, rule: string, value: unknown): TypeError {
  const shown = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : describe(value);
  return new TypeError(`${owner}: ${option} ${rule}; got ${shown}.`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
