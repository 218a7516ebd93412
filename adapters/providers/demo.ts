import type {
  ChatCompletion,
  ChatRequest,
  CompletionChoice,
  Provider,
  ProviderContext,
  TokenCounter,
} from 'nexusai-hub/ports';
import { abortError, checkNames, checkOneOf, chunksOf, countTokens, NexusError } from 'nexusai-hub/provider-kit';

import { answering, type DemoAnswer, fingerprint } from './demo/answer.ts';
import { demoCompletions } from './demo/completions.ts';
import { demoEmbeddings } from './demo/embeddings.ts';
import { MAX_CHOICES } from './demo/limits.ts';
import { PacedStream } from './demo/paced-stream.ts';
import { piecesOf } from './demo/pieces.ts';
import { Rounds } from './demo/rounds.ts';
import { promptTokens, tokensOf, withinLimit } from './demo/tokens.ts';

/** Options of {@link demo}. */
export interface DemoOptions {
  /** `human`: a stream comes as fast as one reads. `instant`: all at once. @default 'human' */
  readonly pace?: 'human' | 'instant';
  /** Names it serves. @default ['demo'] */
  readonly models?: readonly string[];
}

/** About 2000 words a minute: quick reading. */
const HUMAN_PAUSE_MS = 30;

/**
 * A provider without a network, for the first minute and for tests: it answers every request the same way each time,
 * says in its text that it is a demo, counts its tokens as GPT-4o would, and calls the tool it is forced to call.
 * @throws TypeError naming the option that is wrong.
 */
export function demo({ pace = 'human', models = ['demo'] }: DemoOptions = {}): Provider {
  checkOneOf('demo', 'pace', pace, ['human', 'instant']);
  checkNames('demo', 'models', models);
  const counter = countTokens();

  return {
    kind: 'demo',
    models,
    async open(request, context) {
      const created = Math.trunc(context.clock.now() / 1000);
      const completion = await completionFor(request, created, counter, context);
      if (context.signal.aborted) throw abortError(context.signal);
      if (request.stream !== true) return completion;
      const chunks = inPieces(chunksOf(completion));
      return pace === 'human' ? new PacedStream(chunks, HUMAN_PAUSE_MS, context) : allAtOnce(chunks);
    },
    embed: (request, context) => demoEmbeddings(request, counter, context),
    operations: ['completions'],
    forward: (request, context) => demoCompletions(request, pace === 'human' ? HUMAN_PAUSE_MS : 0, counter, context),
    async close() {
      counter.close();
    },
  };
}

async function completionFor(
  request: ChatRequest,
  created: number,
  counter: TokenCounter,
  context: ProviderContext,
): Promise<ChatCompletion> {
  const count = Math.max(1, request.n ?? 1);
  if (count > MAX_CHOICES) {
    const message = `The demo gives at most ${MAX_CHOICES} choices; ask for a smaller "n".`;
    throw new NexusError('provider_rejected', message, { param: 'n' });
  }
  const id = `chatcmpl-demo-${fingerprint(request)}`;
  const answerAt = answering(request);
  const rounds = new Rounds(context, 1); // A long answer is counted over and over.
  const choices: CompletionChoice[] = [];
  let completionTokens = 0;
  for (let place = 0; place < count; place++) {
    await rounds.next();
    const choice = await choiceFor(request, answerAt(place), place, counter);
    const [call] = choice.message.tool_calls ?? [];
    const spoken = call?.type === 'function' ? call.function.name + call.function.arguments : choice.message.content;
    completionTokens += await tokensOf(spoken ?? '', counter);
    choices.push(choice);
  }
  const tokens = await promptTokens(request, counter, context);
  return {
    id,
    object: 'chat.completion',
    created,
    model: request.model,
    choices,
    usage: {
      prompt_tokens: tokens,
      completion_tokens: completionTokens,
      total_tokens: tokens + completionTokens,
    },
    system_fingerprint: 'fp_demo',
  };
}

async function choiceFor(
  request: ChatRequest,
  answer: DemoAnswer,
  index: number,
  counter: TokenCounter,
): Promise<CompletionChoice> {
  if (answer.kind === 'call') {
    const call = {
      id: answer.id,
      type: 'function' as const,
      function: { name: answer.name, arguments: answer.arguments },
    };
    const message = { role: 'assistant' as const, content: null, refusal: null, tool_calls: [call] };
    return { index, message, finish_reason: 'tool_calls', logprobs: null };
  }
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const pieces = piecesOf(answer.text);
  const said = typeof limit === 'number' ? await withinLimit(pieces, limit, counter) : pieces;
  return {
    index,
    message: { role: 'assistant', content: said.join(''), refusal: null },
    finish_reason: said.length < pieces.length ? 'length' : 'stop',
    logprobs: null,
  };
}

type Chunk = ReturnType<typeof chunksOf>[number];

/** Made as they are read: the pieces of many choices take a thousand times the room of their texts. */
function* inPieces(chunks: Iterable<Chunk>): Generator<Chunk> {
  for (const chunk of chunks) {
    const [choice] = chunk.choices;
    if (!choice?.delta.content) yield chunk;
    else
      for (const content of piecesOf(choice.delta.content))
        yield { ...chunk, choices: [{ ...choice, delta: { content } }] };
  }
}

/** Chunks that are handed out together. */
const BATCH = 1000;

async function* allAtOnce(chunks: Iterable<Chunk>): AsyncGenerator<readonly Chunk[]> {
  let batch: Chunk[] = [];
  for (const chunk of chunks) {
    if (batch.push(chunk) < BATCH) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
