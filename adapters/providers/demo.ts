import type { ChatCompletion, ChatRequest, CompletionChoice, Provider, TokenCounter } from 'nexusai-hub/ports';
import { abortError, checkNames, checkOneOf, chunksOf, countTokens } from 'nexusai-hub/provider-kit';

import { answerTo, fingerprint } from './demo/answer.ts';
import { demoEmbeddings } from './demo/embeddings.ts';
import { PacedStream } from './demo/paced-stream.ts';
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
      const completion = await completionFor(request, created, counter);
      if (context.signal.aborted) throw abortError(context.signal);
      if (request.stream !== true) return completion;
      const chunks = chunksOf(completion).flatMap(inPieces);
      return pace === 'human' ? new PacedStream(chunks, HUMAN_PAUSE_MS, context) : allAtOnce(chunks);
    },
    embed: (request) => demoEmbeddings(request, counter),
    async close() {
      counter.close?.();
    },
  };
}

async function completionFor(request: ChatRequest, created: number, counter: TokenCounter): Promise<ChatCompletion> {
  const choices: CompletionChoice[] = [];
  let completionTokens = 0;
  for (let place = 0; place < Math.max(1, request.n ?? 1); place++) {
    const choice = await choiceFor(request, place, counter);
    const [call] = choice.message.tool_calls ?? [];
    const spoken = call?.type === 'function' ? call.function.name + call.function.arguments : choice.message.content;
    completionTokens += await tokensOf(spoken ?? '', counter);
    choices.push(choice);
  }
  const tokens = await promptTokens(request, counter);
  return {
    id: `chatcmpl-demo-${fingerprint(request)}`,
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

async function choiceFor(request: ChatRequest, index: number, counter: TokenCounter): Promise<CompletionChoice> {
  const answer = answerTo(request, index);
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

/** Words, and single Chinese characters: what one sees appear. */
function piecesOf(text: string): readonly string[] {
  return text.match(/\p{Script=Han}|[^\p{Script=Han}\s]+\s*|\s+/gu) ?? [];
}

type Chunk = ReturnType<typeof chunksOf>[number];

function inPieces(chunk: Chunk): Chunk[] {
  const [choice] = chunk.choices;
  if (!choice?.delta.content) return [chunk];
  return piecesOf(choice.delta.content).map((content) => ({ ...chunk, choices: [{ ...choice, delta: { content } }] }));
}

async function* allAtOnce(chunks: readonly Chunk[]): AsyncGenerator<readonly Chunk[]> {
  yield chunks;
}
