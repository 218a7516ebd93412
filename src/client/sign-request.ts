import {
  ALWAYS_COVERED,
  COVERED_WHERE_SENT,
  PLAIN_NAME,
  SHORTEST_SECRET,
  SIGNATURE_TAG,
  signatureBaseOf,
  SIGNING_KEY_LABEL,
} from '../signatures/signature-base.ts';

/** A key of a hub, to sign with. */
export interface Signer {
  /** The name of the key at the hub. */
  readonly name: string;
  /** The key itself, 32 characters and more. It does not leave this program. */
  readonly key: string;
  /** How long a signature counts, in milliseconds; whole seconds count. @default 60000 */
  readonly validForMs?: number;
  /** Unix milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** Where a key would stand that is sent, not signed with. */
const KEY_HEADERS = ['authorization', 'api-key', 'x-api-key'];

/** Not every program has the name of it among its types. */
type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const NONCE_BYTES = 18;
const ALGORITHM = { name: 'HMAC', hash: 'SHA-256' };

/** To derive a key takes longer than to sign. */
const derived = new WeakMap<Signer, Promise<CryptoKey>>();

/**
 * The request that `fetch` would make of the same arguments, signed: with the headers `Content-Digest`,
 * `Signature-Input` and `Signature`, and without those that hold a key. It counts once and for a while, so sign right
 * before you send, and again when you repeat.
 *
 * The body is read to be digested, so one that is still being made is waited for.
 *
 * @throws TypeError where the name or the key cannot sign.
 */
export async function signRequest(signer: Signer, input: string | URL | Request, init?: RequestInit): Promise<Request> {
  checkSigner(signer);
  const request = new Request(input, init);
  const { headers } = request;
  for (const name of KEY_HEADERS) headers.delete(name);
  if (request.body !== null) headers.set('content-digest', await contentDigestOf(request.clone()));
  const components = [...ALWAYS_COVERED, ...COVERED_WHERE_SENT.filter((name) => headers.has(name))];
  const parameters = `(${components.map((name) => `"${name}"`).join(' ')})${parametersOf(signer)}`;
  const base = signatureBaseOf(
    components.map((name) => [name, valueOf(name, request)]),
    parameters,
  );
  const signature = await crypto.subtle.sign('HMAC', await signingKeyOf(signer), new TextEncoder().encode(base));
  headers.set('signature-input', `nexus=${parameters}`);
  headers.set('signature', `nexus=:${base64Of(new Uint8Array(signature))}:`);
  return request;
}

/**
 * A `fetch` that signs what it sends, for SDKs that take one: `new OpenAI({ fetch: signingFetch(signer), apiKey: '-' })`.
 * What it sends by is `fetch`, unless told otherwise.
 * @throws TypeError where the name or the key cannot sign.
 */
export function signingFetch(
  signer: Signer,
  send: (request: Request) => Promise<Response> = (request) => fetch(request),
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  checkSigner(signer);
  return async (input, init) => send(await signRequest(signer, input, init));
}

function checkSigner({ name, key }: Signer): void {
  if (!PLAIN_NAME.test(name)) throw new TypeError('signRequest: name must be 1 to 128 printable ASCII characters.');
  if (key.length < SHORTEST_SECRET)
    throw new TypeError(
      `signRequest: key must have ${String(SHORTEST_SECRET)} characters: whoever sees a request could guess a shorter one.`,
    );
}

function signingKeyOf(signer: Signer): Promise<CryptoKey> {
  const known = derived.get(signer);
  if (known) return known;
  const key = derive(signer.key);
  derived.set(signer, key);
  return key;
}

async function derive(secret: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const root = await crypto.subtle.importKey('raw', encoder.encode(secret), ALGORITHM, false, ['sign']);
  const bytes = await crypto.subtle.sign('HMAC', root, encoder.encode(SIGNING_KEY_LABEL));
  return crypto.subtle.importKey('raw', bytes, ALGORITHM, false, ['sign']);
}

async function contentDigestOf(request: Request): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await request.arrayBuffer());
  return `sha-256=:${base64Of(new Uint8Array(digest))}:`;
}

function parametersOf({ name, validForMs = 60_000, now = Date.now }: Signer): string {
  const created = Math.floor(now() / 1000);
  const expires = created + Math.max(1, Math.ceil(validForMs / 1000));
  const nonce = base64Of(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)));
  const keyId = name.replace(/["\\]/g, '\\$&');
  return `;created=${String(created)};expires=${String(expires)};nonce="${nonce}";alg="hmac-sha256";keyid="${keyId}";tag="${SIGNATURE_TAG}"`;
}

function valueOf(component: string, { method, url, headers }: Request): string {
  const { host, pathname, search } = new URL(url);
  switch (component) {
    case '@method':
      return method;
    case '@authority':
      return host;
    case '@path':
      return pathname;
    case '@query':
      return search === '' ? '?' : search;
    default:
      return headers.get(component) ?? '';
  }
}

function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
