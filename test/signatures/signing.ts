import { createHash, createHmac } from 'node:crypto';

import type { SignableRequest } from '../../src/signatures/signed-request.ts';

/** The head of a request, to be changed at will. */
export interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is said of a signature; a member that is `undefined` is left out. */
export interface Claims {
  readonly components?: readonly string[];
  readonly parameters?: Readonly<Record<string, string | number | undefined>>;
  readonly label?: string;
}

export const BODY = '{"model":"m","messages":[{"role":"user","content":"Hello"}]}';

/** A request to chat, not signed yet. */
export const CHAT: Head = {
  method: 'POST',
  target: '/v1/chat/completions?a=1&b=%20c',
  headers: { host: 'hub.example:8001', 'content-type': 'application/json', 'content-digest': digestOf(BODY) },
};

export const COVERED = ['@method', '@authority', '@path', '@query', 'content-digest', 'content-type'] as const;

/** `Content-Digest` of a body. */
export function digestOf(body: string | Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
}

/** A head as the hub takes it. */
export function asRequest({ method, target, headers }: Head): SignableRequest {
  return { method, target, header: (name) => headers[name] };
}

/** Signs by the words of the RFC, whatever is asked for: also what makes no sense. */
export function signed(key: Uint8Array, head: Head, claims: Claims = {}): Head {
  const { components = COVERED, label = 'sig' } = claims;
  const parameters = Object.entries({ created: 0, nonce: 'n', keyid: 'app', tag: 'nexusai-hub', ...claims.parameters })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `;${name}=${typeof value === 'number' ? String(value) : `"${value ?? ''}"`}`);
  const input = `(${components.map((name) => `"${name}"`).join(' ')})${parameters.join('')}`;
  const lines = components.map((name) => `"${name}": ${valueOf(name, head)}`);
  const base = [...lines, `"@signature-params": ${input}`].join('\n');
  const signature = createHmac('sha256', key).update(base).digest('base64');
  return {
    ...head,
    headers: { ...head.headers, 'signature-input': `${label}=${input}`, signature: `${label}=:${signature}:` },
  };
}

function valueOf(component: string, { method, target, headers }: Head): string {
  const [path = '', query = ''] = target.split('?', 2);
  const derived: Record<string, string> = {
    '@method': method,
    '@authority': headers['host'] ?? '',
    '@path': path,
    '@query': `?${query}`,
  };
  return derived[component] ?? headers[component] ?? '';
}
