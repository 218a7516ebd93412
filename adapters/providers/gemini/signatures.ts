import type { JsonObject } from 'nexusai-hub/ports';
import { isJsonObject } from 'nexusai-hub/provider-kit';

/**
 * What Google names for calls its model did not make: those of another provider, or whose client lost the signature
 * (Gemini API, "Thought signatures").
 */
export const FOREIGN_SIGNATURE = 'skip_thought_signature_validator';

/** A thought's signature where Google's own OpenAI endpoint has it: on a call of a tool, or on a message. */
export function signatureMember(signature: unknown): JsonObject {
  return typeof signature === 'string' && signature !== ''
    ? { extra_content: { google: { thought_signature: signature } } }
    : {};
}

/** The signature a call or message came with, if it came back. */
export function signatureOf(value: object): string | undefined {
  const extra: unknown = 'extra_content' in value ? value.extra_content : undefined;
  const google = isJsonObject(extra) ? extra['google'] : undefined;
  const signature = isJsonObject(google) ? google['thought_signature'] : undefined;
  return typeof signature === 'string' && signature !== '' ? signature : undefined;
}
