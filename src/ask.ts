import type { AnswerRules } from './answer-check.ts';
import { checkAnswer } from './answer-check.ts';
import { letGo } from './answer-reader.ts';
import { askForward } from './ask-forward.ts';
import type { Asked } from './asked.ts';
import { usedBy } from './asked.ts';
import type { Attempt } from './attempt.ts';
import type { Call, ChatCall } from './call.ts';
import { ChunkReader } from './chunk-reader.ts';
import { asNexusError, NexusError } from './errors.ts';
import { chunksOf, Collector } from './openai/collect.ts';
import { isJsonObject } from './openai/json.ts';
import { changeMembers } from './openai/splice.ts';
import type {
  ChatChunk,
  ChatCompletion,
  ChatRequest,
  ChunkStream,
  EmbeddingRequest,
  EmbeddingResponse,
  JsonObject,
  ProviderContext,
  Target,
} from './ports/index.ts';

/**
 * Asks one target and resolves when its answer is whole or has begun to speak, in the form the caller wants. A failure
 * settles the attempt before it is thrown: nothing was delivered, so another target may be asked.
 */
export async function ask(attempt: Attempt, call: Call, rules: AnswerRules): Promise<Asked> {
  let asked: Asked | undefined;
  try {
    // A chat is waited for here: a function of its own would be one more turn of the queue.
    asked =
      call.operation === 'chat'
        ? await answerOf(await attempt.until(open(attempt, call.request), letGoOf), attempt, call.request)
        : await askOther(attempt, call);
    if (rules.schema || rules.filter) checkTaken(asked, call, rules);
    return asked;
  } catch (cause) {
    const error = asNexusError(cause);
    // An answer that is not taken is paid for all the same.
    attempt.fail(error, 'error', asked && usedBy(asked));
    throw error;
  }
}

/** Checks an answer, and lets go of one that does not pass. */
function checkTaken(asked: Asked, call: Call, rules: AnswerRules): void {
  try {
    checkAnswer(asked, call, rules);
  } catch (cause) {
    if (asked.kind === 'stream') asked.reader.release();
    throw cause;
  }
}

async function askOther(attempt: Attempt, call: Exclude<Call, ChatCall>): Promise<Asked> {
  if (call.operation !== 'embeddings') return askForward(attempt, call);
  const request = changeMembers(call.request, { model: attempt.target.model });
  const given = await attempt.until(embed(attempt.target, request, attempt.context()));
  return { kind: 'whole', body: embeddingsIn(given) };
}

/** What a provider gave, in the form the caller wants. */
function answerOf(
  opened: ChatCompletion | ChunkStream,
  attempt: Attempt,
  { stream, stream_options: options }: ChatRequest,
): Asked | Promise<Asked> {
  const given = answerIn(opened);
  const isStreamed = isStream(given);
  if (stream === true) return begin(isStreamed ? given : streamOf(given), attempt, options?.include_usage === true);
  return isStreamed ? collect(given, attempt) : { kind: 'whole', body: given };
}

/** A stream that is opened when nobody waits for it any more has to be let go. */
function letGoOf(late: ChatCompletion | ChunkStream): void {
  if (isStream(late)) letGo(late[Symbol.asyncIterator]());
}

// The verbs are called from functions of their own, not from closures: an error's stack keeps the functions on it
// alive, and a closure would keep the request.

/** Asks a provider for a chat answer; one that throws at once is one whose promise rejects. */
function open(attempt: Attempt, request: ChatRequest): Promise<ChatCompletion | ChunkStream> {
  const { provider, model } = attempt.target;
  try {
    return Promise.resolve(provider.open(changeMembers(request, { model }), attempt.context()));
  } catch (cause) {
    // Whatever a provider throws is what went wrong.
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    return Promise.reject(cause);
  }
}

/** Asks a provider for embeddings, as `open` does for chat. */
async function embed(
  { provider, providerId }: Target,
  request: EmbeddingRequest,
  context: ProviderContext,
): Promise<EmbeddingResponse> {
  if (provider.embed) return provider.embed(request, context);
  throw new NexusError('operation_unsupported', `The provider "${providerId}" has no embeddings.`);
}

async function begin(stream: ChunkStream, attempt: Attempt, showUsage: boolean): Promise<Asked> {
  const reader = new ChunkReader(stream, attempt, showUsage, attempt.cap, attempt.gathered());
  try {
    const begun = await reader.untilContent();
    attempt.hasContent();
    return { kind: 'stream', reader, begun };
  } catch (cause) {
    reader.release();
    throw cause;
  }
}

async function collect(stream: ChunkStream, attempt: Attempt): Promise<Asked> {
  const reader = new ChunkReader(stream, attempt, true);
  const collector = new Collector();
  try {
    for (let batch = await reader.read(); batch; batch = await reader.read())
      for (const chunk of batch) collector.add(chunk);
    return { kind: 'whole', body: collector.completion() };
  } catch (cause) {
    reader.release();
    throw cause;
  }
}

/** A whole answer as a stream of one read. */
async function* streamOf(completion: ChatCompletion): AsyncGenerator<readonly ChatChunk[]> {
  yield await Promise.resolve(chunksOf(completion));
}

/** Providers are written by anybody: what is neither an answer nor a stream is a fault of theirs. */
function answerIn(given: ChatCompletion | ChunkStream): ChatCompletion | ChunkStream {
  const value: unknown = given;
  if (isJsonObject(value) && (isStream(given) || isWhole(value))) return given;
  throw new NexusError('malformed_response', 'The provider gave neither a completion nor a stream.');
}

/** As for chat. From here on embeddings are known by what they say they are, and some servers leave that out. */
function embeddingsIn(given: EmbeddingResponse): EmbeddingResponse {
  const value: unknown = given;
  if (!isJsonObject(value) || !Array.isArray(value['data']))
    throw new NexusError('malformed_response', 'The provider gave no list of embeddings.');
  return value['object'] === 'list' ? given : changeMembers(given, { object: 'list' });
}

function isWhole({ choices }: JsonObject): boolean {
  return Array.isArray(choices) && choices.every((choice) => isJsonObject(choice) && isJsonObject(choice['message']));
}

function isStream(given: ChatCompletion | ChunkStream): given is ChunkStream {
  return Symbol.asyncIterator in given;
}
