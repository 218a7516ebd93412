import { NexusError } from 'nexusai-hub/provider-kit';

/** OpenAI's own limits for one request: choices of `n`, and inputs of embeddings. */
export const MAX_CHOICES = 128;
export const MAX_INPUTS = 2048;

/** @throws NexusError `provider_rejected` for more prompts or inputs than a provider takes. */
export function checkInputs(param: string, count: number): void {
  if (count <= MAX_INPUTS) return;
  const message = `"${param}" has ${count} items; the demo takes at most ${MAX_INPUTS}: send them in several requests.`;
  throw new NexusError('provider_rejected', message, { param });
}
