import type { ChatRequest, ForwardAnswer, ForwardRequest, ProviderContext, TokenCounter } from 'nexusai-hub/ports';
import { isJsonObject, NexusError } from 'nexusai-hub/provider-kit';

import { answering, fingerprint } from './answer.ts';
import { checkInputs } from './limits.ts';
import { PacedStream } from './paced-stream.ts';
import { piecesOf } from './pieces.ts';
import { Rounds } from './rounds.ts';
import { tokensOf } from './tokens.ts';

interface Choice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: null;
  readonly finish_reason: 'stop' | null;
}

/**
 * The older completions: to each prompt what the demo says to a user who writes it in a chat.
 * @throws NexusError `provider_rejected` without a prompt that is text, or with too many; what the signal says when it
 * aborts.
 */
export async function demoCompletions(
  request: ForwardRequest,
  pauseMs: number,
  counter: TokenCounter,
  context: ProviderContext,
): Promise<ForwardAnswer> {
  const prompts = promptsOf(request);
  const asChat = (content: string): ChatRequest => ({ model: request.model, messages: [{ role: 'user', content }] });
  const rounds = new Rounds(context);
  const choices: Choice[] = [];
  for (const [index, content] of prompts.entries()) {
    await rounds.next();
    const answer = answering(asChat(content))(0);
    choices.push({ index, text: answer.kind === 'text' ? answer.text : '', logprobs: null, finish_reason: 'stop' });
  }
  const prompt = await tokensOf(prompts.join(''), counter);
  const completion = await tokensOf(choices.map(({ text }) => text).join(''), counter);
  const usage = { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  const head = {
    id: `cmpl-demo-${fingerprint(asChat(prompts[0] ?? ''))}`,
    object: 'text_completion',
    created: Math.trunc(context.clock.now() / 1000),
    model: request.model,
  };
  const facts = (): { usage: typeof usage } => ({ usage });
  if (!request.stream) {
    const body = new TextEncoder().encode(JSON.stringify({ ...head, choices, usage }));
    return { contentType: 'application/json', body, facts };
  }
  const asksUsage = isJsonObject(request.body) && asksForUsage(request.body['stream_options']);
  const events = function* (): Generator<string> {
    for (const choice of choices)
      for (const piece of inPieces(choice)) yield `data: ${JSON.stringify({ ...head, choices: [piece] })}\n\n`;
    if (asksUsage) yield `data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`;
    yield 'data: [DONE]\n\n';
  };
  const body = new PacedStream(events(), pauseMs, context);
  return { contentType: 'text/event-stream; charset=utf-8', body, facts };
}

function promptsOf({ body }: ForwardRequest): readonly string[] {
  const prompt = isJsonObject(body) ? body['prompt'] : undefined;
  const prompts: unknown[] = Array.isArray(prompt) ? prompt : [prompt];
  checkInputs('prompt', prompts.length);
  const texts = prompts.filter((one) => typeof one === 'string');
  if (texts.length === prompts.length && texts.length > 0) return texts;
  const message = 'The demo takes a prompt that is text, or a list of texts.';
  throw new NexusError('provider_rejected', message, { param: 'prompt' });
}

function asksForUsage(options: unknown): boolean {
  return isJsonObject(options) && options['include_usage'] === true;
}

function inPieces(choice: Choice): Choice[] {
  const pieces = piecesOf(choice.text).map((text): Choice => ({ ...choice, text, finish_reason: null }));
  return [...pieces, { ...choice, text: '' }];
}
