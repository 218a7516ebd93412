import type { Answer, AnswerHead } from './answer.ts';
import { AnswerStream } from './answer-stream.ts';
import type { Call } from './call.ts';
import { ChunkReader } from './chunk-reader.ts';
import { NexusError } from './errors.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { asNewAnswer } from './kept-answer.ts';
import { KeptAttempt } from './kept-attempt.ts';
import { chunksOf } from './openai/collect.ts';
import type { Parts } from './parts.ts';
import type { Caller, ChatChunk, Target } from './ports/index.ts';
import type { Visit } from './visit.ts';

/**
 * The answer to this call that was kept. `undefined`: there is none, and where the next one is to be kept stands on the
 * visit.
 * @throws NexusError `not_cached` where the caller wants no other.
 */
export async function answerFromCache(
  call: Call,
  caller: Caller,
  targets: readonly Target[],
  visit: Visit,
  parts: Parts,
): Promise<Answer | undefined> {
  const shelf = call.cache === 'no-store' ? undefined : parts.shelves?.shelfFor(call, caller, targets);
  const kept = shelf && call.cache !== 'no-cache' ? await visit.wait(shelf.find()) : undefined;
  if (kept) return answerOf(kept, call, visit, parts);
  if (call.cache === 'only-if-cached')
    throw new NexusError('not_cached', 'No answer to this request is kept, and it asks for no other.');
  visit.shelf = shelf;
  return undefined;
}

/** What was kept, as the caller wants it: whole, or as the stream it could have been. */
function answerOf(kept: KeptAnswer, call: Call, visit: Visit, parts: Parts): Answer {
  visit.begins();
  visit.accounts.fromCache(kept);
  const head: AnswerHead = {
    requestId: visit.requestId,
    conversationId: visit.session?.id ?? visit.requestId,
    provider: kept.from.providerId,
    attempts: 0,
    overheadMs: visit.age(),
    limits: visit.lease?.limits,
    cache: 'hit',
  };
  const body = asNewAnswer(kept.body, parts.clock.now());
  if (body.object === 'list') {
    visit.close('ok');
    return { kind: 'whole', head, body };
  }
  if (call.operation !== 'chat' || call.request.stream !== true) {
    visit.close('ok', { message: body.choices[0]?.message });
    return { kind: 'whole', head, body };
  }
  visit.firstContentMs = visit.age();
  const attempt = new KeptAttempt(visit, parts);
  const reader = new ChunkReader(atOnce(chunksOf(body)), attempt, call.request.stream_options?.include_usage === true);
  return { kind: 'stream', head, stream: new AnswerStream(visit, attempt, reader, []) };
}

async function* atOnce(chunks: readonly ChatChunk[]): AsyncGenerator<readonly ChatChunk[]> {
  yield await Promise.resolve(chunks);
}
