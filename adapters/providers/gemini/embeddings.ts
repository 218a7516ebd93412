import type { EmbeddingRequest, EmbeddingResponse, JsonObject, TokenCounter } from 'nexusai-hub/ports';
import { isJsonObject, NexusError, untranslatable } from 'nexusai-hub/provider-kit';

/** Most texts `batchEmbedContents` takes at once. */
const MAX_BATCH = 100;

/** Asks Gemini by one of a model's methods and resolves with the object it answered. */
export type EmbedCall = (method: 'embedContent' | 'batchEmbedContents', body: JsonObject) => Promise<JsonObject>;

/**
 * Embeddings by Gemini's methods: one text by `embedContent`, more in batches, one after the other. What it cost is
 * counted here where Gemini does not say it, and marked so (`usage.estimated`).
 * @throws NexusError `request_invalid` for token ids, `malformed_response` when an embedding is missing.
 */
export async function geminiEmbeddings(
  request: EmbeddingRequest,
  resource: string,
  call: EmbedCall,
  counter: TokenCounter,
): Promise<EmbeddingResponse> {
  const texts = textsOf(request.input);
  const bodies = texts.map((text) => ({
    model: resource,
    content: { parts: [{ text }] },
    ...(request.dimensions === undefined ? {} : { outputDimensionality: request.dimensions }),
  }));
  const vectors: number[][] = [];
  let reported: number | undefined = 0;
  for (let from = 0; from < bodies.length; from += MAX_BATCH) {
    const batch = bodies.slice(from, from + MAX_BATCH);
    const [only] = batch;
    const answer = await (bodies.length === 1 && only
      ? call('embedContent', only)
      : call('batchEmbedContents', { requests: batch }));
    vectors.push(...vectorsIn(answer, batch.length));
    const tokens = tokensIn(answer);
    reported = reported === undefined || tokens === undefined ? undefined : reported + tokens;
  }
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: request.encoding_format === 'base64' ? base64Of(vector) : vector,
    })),
    model: request.model,
    usage: reported === undefined ? await counted(texts, request.model, counter) : usageWith(reported),
  };
}

function textsOf(input: EmbeddingRequest['input']): string[] {
  if (typeof input === 'string') return [input];
  return input.map((item) => {
    if (typeof item === 'string') return item;
    throw untranslatable('input', 'must be text for Gemini, which does not know token ids of OpenAI.');
  });
}

function vectorsIn(answer: JsonObject, count: number): number[][] {
  const { embedding, embeddings } = answer;
  const list: readonly unknown[] = Array.isArray(embeddings) ? embeddings : [embedding];
  const vectors = list.flatMap((one) => (isJsonObject(one) && areNumbers(one['values']) ? [one['values']] : []));
  if (vectors.length === count) return vectors;
  throw new NexusError('malformed_response', `The provider's answer has ${vectors.length} of ${count} embeddings.`);
}

function areNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function tokensIn({ usageMetadata }: JsonObject): number | undefined {
  const tokens = isJsonObject(usageMetadata) ? usageMetadata['promptTokenCount'] : undefined;
  return typeof tokens === 'number' ? tokens : undefined;
}

async function counted(
  texts: readonly string[],
  model: string,
  counter: TokenCounter,
): Promise<EmbeddingResponse['usage']> {
  let tokens = 0;
  for (const text of texts) tokens += text === '' ? 0 : (await counter.count(text, model)).tokens;
  return Object.assign(usageWith(tokens), { estimated: true });
}

function usageWith(tokens: number): EmbeddingResponse['usage'] {
  return { prompt_tokens: tokens, total_tokens: tokens };
}

/** Little-endian float32, as OpenAI sends it. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, place) => bytes.writeFloatLE(value, place * 4));
  return bytes.toString('base64');
}
