import type { ChatChunk, ChunkStream, Clock, Provider, Usage } from 'nexusai-hub/ports';
import { userOf } from './providers.ts';

/** One attempt as its provider saw it. Times are those of the clock since its start. */
export interface SeenAttempt {
  readonly providerId: string;
  readonly target: string;
  readonly requestId: string;
  /** The number of its request. */
  readonly user: string;
  readonly atMs: number;
  endedAtMs: number | undefined;
  /** What it told that it had used. */
  usage: Usage | undefined;
}

/** The same provider, whose attempts are seen from their begin to their end: that of the answer, or being stopped. */
export function watchedProvider(
  providerId: string,
  provider: Provider,
  clock: Clock,
  begins: (attempt: SeenAttempt) => void,
): Provider {
  return {
    ...provider,
    async open(request, context) {
      const { keyId, requestId, signal } = context;
      const target = `${providerId}${keyId === undefined ? '' : `#${keyId}`}/${request.model}`;
      const user = userOf(request);
      const atMs = clock.elapsed();
      const attempt: SeenAttempt = {
        providerId,
        target,
        requestId,
        user,
        atMs,
        endedAtMs: undefined,
        usage: undefined,
      };
      const end = (): void => void (attempt.endedAtMs ??= clock.elapsed());
      begins(attempt);
      signal.addEventListener('abort', end);
      try {
        const answer = await provider.open(request, context);
        // A copy of an adapter's stream could not be asked what is there already; its server tells of its end.
        if (isStream(answer)) return provider.kind === 'own' ? watchedStream(answer, attempt, end) : answer;
        attempt.usage = answer.usage;
        end();
        return answer;
      } catch (cause) {
        end();
        throw cause;
      }
    },
  };
}

function isStream(answer: object): answer is ChunkStream {
  return Symbol.asyncIterator in answer;
}

async function* watchedStream(
  stream: ChunkStream,
  attempt: SeenAttempt,
  end: () => void,
): AsyncGenerator<ChatChunk | readonly ChatChunk[]> {
  try {
    for await (const item of stream) {
      for (const { usage } of [item].flat()) attempt.usage = usage ?? attempt.usage;
      yield item;
    }
  } finally {
    end();
  }
}
