import { NexusError } from '../errors.ts';
import { isJsonObject } from '../openai/json.ts';
import type { EmbeddingResponse } from '../openai/types.ts';
import { withWireText } from '../openai/wire-text.ts';
import type { UpstreamResponse } from './exchange.ts';
import { readJson, type ReadContext } from './read-json.ts';

/**
 * The answer to an embedding request, carrying the bytes it came as: base64 stays base64, no number is printed again.
 * @throws NexusError as `readJson` does, and `malformed_response` when there is no list of embeddings.
 */
export async function readEmbeddings(response: UpstreamResponse, context: ReadContext): Promise<EmbeddingResponse> {
  const { value, bytes } = await readJson(response, context);
  if (isEmbeddings(value)) return withWireText(value, bytes);
  throw new NexusError('malformed_response', "The provider's answer has no list of embeddings.");
}

function isEmbeddings(value: unknown): value is EmbeddingResponse {
  return isJsonObject(value) && Array.isArray(value['data']);
}
