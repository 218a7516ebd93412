const OF_SIGNATURE = 'Of a request that is signed by RFC 9421, HMAC with SHA-256: docs/keys.md.';

/** How callers show who they are. */
export const SECURITY_SCHEMES: Readonly<Record<string, object>> = {
  bearer: { type: 'http', scheme: 'bearer', description: 'A key, as OpenAI takes it.' },
  apiKey: { type: 'apiKey', in: 'header', name: 'api-key', description: 'A key, as Azure takes it.' },
  xApiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A key, as Anthropic takes it.' },
  session: { type: 'apiKey', in: 'cookie', name: 'nexus_session', description: 'Of a session: POST /session.' },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: 'x-nexus-csrf',
    description: 'What GET /session told. With it goes the Origin of a page of this server.',
  },
  signatureInput: { type: 'apiKey', in: 'header', name: 'signature-input', description: OF_SIGNATURE },
  signature: { type: 'apiKey', in: 'header', name: 'signature', description: OF_SIGNATURE },
};

const BY_KEY: readonly object[] = [{ bearer: [] }, { apiKey: [] }, { xApiKey: [] }];

/** Any of these has to be shown. */
export function securityOf(operationId: string, isOpen: boolean, method: string): readonly object[] {
  if (isOpen) return [];
  // A session begins with the key it stands for.
  if (operationId === 'beginSession') return BY_KEY;
  const session = method === 'GET' ? { session: [] } : { session: [], csrf: [] };
  return [...BY_KEY, session, { signatureInput: [], signature: [] }];
}
