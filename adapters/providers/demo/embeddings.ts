import { createHash } from 'node:crypto';

import type { EmbeddingRequest, EmbeddingResponse, ProviderContext, TokenCounter } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';

import { checkInputs } from './limits.ts';
import { Rounds } from './rounds.ts';
import { tokensOf } from './tokens.ts';

const DIMENSIONS = 256;
const MAX_DIMENSIONS = 4096;
/** Numbers in one answer: 20 MB of JSON. */
const MAX_NUMBERS = 2 ** 20;

/**
 * Vectors that look like embeddings and mean nothing: made of a hash of the text, of length 1, the same for the same
 * text. The answer says so in `demo`.
 * @throws NexusError `provider_rejected` for more inputs or dimensions than it makes; what the signal says when it aborts.
 */
export async function demoEmbeddings(
  request: EmbeddingRequest,
  counter: TokenCounter,
  context: ProviderContext,
): Promise<EmbeddingResponse> {
  const { dimensions = DIMENSIONS, encoding_format: format, model } = request;
  if (!Number.isSafeInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
    const message = `"dimensions" must be a whole number from 1 to ${MAX_DIMENSIONS}.`;
    throw new NexusError('provider_rejected', message, { param: 'dimensions' });
  }
  const inputs = inputsOf(request.input);
  checkInputs('input', inputs.length);
  if (inputs.length * dimensions > MAX_NUMBERS) {
    const message = `The demo makes at most ${MAX_NUMBERS} numbers at a time: send fewer inputs, or ask for fewer dimensions.`;
    throw new NexusError('provider_rejected', message, { param: 'input' });
  }
  let tokens = 0;
  const data: EmbeddingResponse['data'] = [];
  const rounds = new Rounds(context);
  for (const [index, input] of inputs.entries()) {
    await rounds.next();
    tokens += typeof input === 'string' ? await tokensOf(input, counter) : input.length;
    const vector = vectorOf(JSON.stringify(input), dimensions);
    data.push({ object: 'embedding', index, embedding: format === 'base64' ? base64Of(vector) : [...vector] });
  }
  const answer = { object: 'list' as const, data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
  return Object.assign(answer, { demo: 'These vectors are made of hashes; no model was asked.' });
}

function inputsOf(input: EmbeddingRequest['input']): readonly (string | readonly number[])[] {
  if (typeof input === 'string') return [input];
  return isTokenList(input) ? [input] : input;
}

function isTokenList(input: string[] | number[] | number[][]): input is number[] {
  return typeof input[0] === 'number';
}

function vectorOf(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  const seed = createHash('sha256').update(text).digest('hex'); // The text may be long: it is read once.
  let block = Buffer.alloc(0);
  for (let place = 0; place < dimensions; place++) {
    const at = (place * 4) % 32;
    if (at === 0) block = createHash('sha256').update(`${place}:${seed}`).digest();
    vector[place] = block.readInt32LE(at) / 2 ** 31;
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** Little-endian float32, as OpenAI sends it. */
function base64Of(vector: Float32Array): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, place) => bytes.writeFloatLE(value, place * 4));
  return bytes.toString('base64');
}
