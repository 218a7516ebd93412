import type { ChatChunk, ChatCompletion, ForwardAnswer, ForwardPiece, Provider } from 'nexusai-hub/ports';

/**
 * A provider of chat that passes requests on as well, by the same scripts: a completion becomes bytes, each chunk a
 * piece. A text that is not empty is content, and so is a finish; what is empty is an empty piece.
 */
export function forwardingToo(provider: Provider): Provider {
  return {
    ...provider,
    async forward({ model, stream }, context): Promise<ForwardAnswer> {
      const messages = [{ role: 'user' as const, content: 'x' }];
      const answer = await provider.open({ model, messages, stream }, context);
      if (!(Symbol.asyncIterator in answer))
        return { contentType: 'application/json', body: bytesOf(answer), facts: () => ({ text: 'whole' }) };
      let text = '';
      const pieces = async function* (): AsyncGenerator<ForwardPiece | readonly ForwardPiece[]> {
        for await (const batch of answer) {
          const said = (isList(batch) ? batch : [batch]).map(textOf);
          text += said.join('');
          yield said;
        }
      };
      return { contentType: 'text/event-stream', body: pieces(), facts: () => ({ text }) };
    },
  };
}

function bytesOf(completion: ChatCompletion): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(completion));
}

function textOf({ choices }: ChatChunk): string {
  return choices.map(({ delta, finish_reason: finish }) => (delta.content ?? '') + (finish ?? '')).join('');
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
