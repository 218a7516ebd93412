/** What marks a signature as one for a hub: others on the same request are other people's. */
export const SIGNATURE_TAG = 'nexusai-hub';

/** What the key of signatures is derived for: whoever has it cannot tell the secret of the caller from it. */
export const SIGNING_KEY_LABEL = 'nexusai-hub signing key 1';

/** Whoever sees a signed request can try secrets on it: a shorter one might be guessed. */
export const SHORTEST_SECRET = 32;

/** Names that can be written into a signature. */
export const PLAIN_NAME = /^[\x20-\x7e]{1,128}$/;

/** What every signature covers. */
export const ALWAYS_COVERED: readonly string[] = ['@method', '@authority', '@path', '@query'];

/** Headers that decide what the hub does: a signature covers those that are sent. */
export const COVERED_WHERE_SENT: readonly string[] = [
  'content-digest',
  'content-encoding',
  'content-type',
  'x-nexus-conversation-id',
  'x-nexus-include-history',
  'x-nexus-priority',
];

/** The text a signature is made over (RFC 9421, section 2.5). `parameters`: as `Signature-Input` has them. */
export function signatureBaseOf(
  components: readonly (readonly [name: string, value: string])[],
  parameters: string,
): string {
  const lines = components.map(([name, value]) => `"${name}": ${value}\n`);
  return `${lines.join('')}"@signature-params": ${parameters}`;
}
