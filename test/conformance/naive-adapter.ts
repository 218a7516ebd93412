import type { ChatChunk, ChatCompletion, ChunkStream, EmbeddingResponse, ModelInfo, Provider } from 'nexusai-hub/ports';
import { FORWARD_OPERATIONS } from 'nexusai-hub/provider-kit';

/**
 * A provider as many would write it in an evening: it works with a server that is well and a network that is fast. What
 * it gets wrong is listed in naive-adapter.test.ts.
 */
export function naiveAdapter({ url, apiKey }: { readonly url: string; readonly apiKey: string }): Provider {
  return {
    kind: 'naive',
    async open(request): Promise<ChatCompletion | ChunkStream> {
      const response = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify(request),
      });
      if (!response.ok) throw new Error(`The provider answered ${response.status}: ${await response.text()}`);
      if (request.stream !== true) return (await response.json()) as ChatCompletion;
      return chunksIn(response);
    },
    async embed(request) {
      const response = await fetch(`${url}/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
        body: JSON.stringify(request),
      });
      return (await response.json()) as EmbeddingResponse;
    },
    async forward({ operation, contentType, body }) {
      const response = await fetch(url + FORWARD_OPERATIONS[operation].path, {
        method: 'POST',
        headers: { 'content-type': contentType, authorization: `Bearer ${apiKey}` },
        body: body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`The provider answered ${response.status}.`);
      return { contentType: response.headers.get('content-type') ?? '', body: response.body! };
    },
    async listModels() {
      const response = await fetch(`${url}/models`, { headers: { authorization: `Bearer ${apiKey}` } });
      return ((await response.json()) as { data: ModelInfo[] }).data;
    },
  };
}

async function* chunksIn(response: Response): AsyncGenerator<ChatChunk> {
  let buffer = '';
  for await (const bytes of response.body!) {
    buffer += new TextDecoder().decode(bytes);
    const events = buffer.split('\n\n');
    buffer = events.pop() ?? '';
    for (const event of events) {
      const data = event.replace('data: ', '');
      if (data === '[DONE]') return;
      yield JSON.parse(data) as ChatChunk;
    }
  }
}
