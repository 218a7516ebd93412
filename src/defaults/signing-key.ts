import { createHmac } from 'node:crypto';
import { SIGNING_KEY_LABEL } from '../signatures/signature-base.ts';

/**
 * What a caller with this secret signs its requests with. Whoever has it can sign as the caller, but cannot tell the
 * secret from it, nor use it as one.
 */
export function signingKeyOf(secret: string): Uint8Array {
  return createHmac('sha256', secret).update(SIGNING_KEY_LABEL).digest();
}
