import type { EmbeddingRequest, EmbeddingResponse } from 'nexusai-hub/ports';
import { isJsonObject, NexusError, untranslatable } from 'nexusai-hub/provider-kit';

/** Texts the interface takes in one call. */
const BATCH_SIZE = 16;

/**
 * Embeddings of any number of texts, in as many calls as it takes, one after the other. `ask` sends the body of one call
 * and resolves with its parsed answer. The interface only knows lists of numbers: base64 is made here.
 * @throws NexusError `request_invalid` for input that is no text, and for `dimensions`; `malformed_response`.
 */
export async function embedded(
  request: EmbeddingRequest,
  ask: (body: object) => Promise<unknown>,
): Promise<EmbeddingResponse> {
  const { input, model, encoding_format: format, dimensions, user, ...own } = request;
  if (dimensions !== undefined) throw untranslatable('dimensions', 'cannot be chosen with ERNIE; leave it out.');
  const texts = textsOf(input);
  const vectors: number[][] = [];
  const usage = { prompt_tokens: 0, total_tokens: 0 };
  for (let start = 0; start < texts.length; start += BATCH_SIZE) {
    const batch = texts.slice(start, start + BATCH_SIZE);
    const answer = await ask({ ...own, input: batch, ...(user === undefined ? {} : { user_id: user }) });
    vectors.push(...vectorsOf(answer, batch.length));
    const tokens = tokensOf(answer);
    usage.prompt_tokens += tokens;
    usage.total_tokens += tokens;
  }
  return {
    object: 'list',
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'base64' ? base64Of(vector) : vector,
    })),
    model,
    usage,
  };
}

function textsOf(input: EmbeddingRequest['input']): string[] {
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  if (list.length > 0 && list.every(isText)) return [...list];
  throw untranslatable('input', 'must be a text or a list of texts for ERNIE: it takes no tokens.');
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** One for each text, in their order. */
function vectorsOf(answer: unknown, count: number): number[][] {
  const data = isJsonObject(answer) ? answer['data'] : undefined;
  const entries = Array.isArray(data) ? data.filter(isJsonObject) : [];
  const places = entries.map(({ index }, place) => (typeof index === 'number' ? index : place));
  const vectors = Array.from({ length: count }, (_, place) => entries[places.indexOf(place)]?.['embedding']);
  if (entries.length === count && vectors.every(isVector)) return vectors;
  throw new NexusError('malformed_response', "The provider's answer does not have one embedding for each text.");
}

function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((number) => typeof number === 'number');
}

function tokensOf(answer: unknown): number {
  const usage = isJsonObject(answer) ? answer['usage'] : undefined;
  const tokens = isJsonObject(usage) ? (usage['total_tokens'] ?? usage['prompt_tokens']) : undefined;
  return typeof tokens === 'number' ? tokens : 0;
}

/** Little-endian float32, as OpenAI sends it. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [place, number] of vector.entries()) bytes.writeFloatLE(number, place * 4);
  return bytes.toString('base64');
}
