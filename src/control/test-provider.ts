import { randomUUID } from 'node:crypto';
import { atMost } from '../at-most.ts';
import type { ProviderTest } from '../config-control.ts';
import { asNexusError, NexusError } from '../errors.ts';
import { Collector } from '../openai/collect.ts';
import type { ChatCompletion, ChatRequest, Clock, Logger, Provider, ProviderContext } from '../ports/index.ts';

/** A provider that says nothing in this time is not well. */
const ANSWER_WITHIN_MS = 30_000;
/** Some models think before they speak. */
const MOST_TOKENS = 16;
const MOST_SAID = 200;

interface Means {
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Asks a provider for a few words, and tells what came of it. It is a real request: it costs what it costs, and is in no
 * ledger.
 * @param model absent: the first that the provider has.
 * @throws NexusError `request_invalid` where none is known; `cancelled`
 */
export async function testProvider(
  provider: Provider,
  model: string | undefined,
  signal: AbortSignal,
  { clock, logger }: Means,
): Promise<ProviderTest> {
  const stop = new AbortController();
  const leave = (): void => {
    stop.abort(signal.reason);
  };
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  const [keyId] = provider.keys ?? [];
  const context: ProviderContext = {
    signal: stop.signal,
    requestId: `test_${randomUUID()}`,
    keyId,
    heartbeat: () => undefined,
    clock,
    logger,
  };
  const startedAt = clock.elapsed();
  try {
    const asked = model ?? provider.models?.[0] ?? (await firstListed(provider, context));
    if (asked === undefined)
      throw new NexusError('request_invalid', 'This provider lists no models: name one as "model".', {
        param: 'model',
      });
    return await outcomeOf(asked, answered(provider, asked, context), stop, clock, startedAt);
  } finally {
    signal.removeEventListener('abort', leave);
    stop.abort();
  }
}

async function outcomeOf(
  model: string,
  answer: Promise<ChatCompletion>,
  stop: AbortController,
  clock: Clock,
  startedAt: number,
): Promise<ProviderTest> {
  const came: { completion?: ChatCompletion; cause?: unknown } = {};
  const settled = answer.then(
    (completion) => void (came.completion = completion),
    (cause: unknown) => void (came.cause = cause),
  );
  await atMost(ANSWER_WITHIN_MS, settled, clock);
  const latencyMs = Math.round(clock.elapsed() - startedAt);
  const { completion } = came;
  if (!completion) {
    const seconds = String(ANSWER_WITHIN_MS / 1_000);
    const late = new NexusError('total_timeout', `The provider did not answer within ${seconds} seconds.`);
    if (stop.signal.aborted) throw asNexusError(stop.signal.reason);
    const { code, message, details } = asNexusError(came.cause ?? late);
    const error = { code, message, providerStatus: details.providerStatus ?? null };
    return { ok: false, model, latencyMs, said: null, promptTokens: null, completionTokens: null, error };
  }
  const { usage, choices } = completion;
  const said = choices[0]?.message.content;
  return {
    ok: true,
    model,
    latencyMs,
    said: typeof said === 'string' ? said.slice(0, MOST_SAID) : null,
    promptTokens: usage?.prompt_tokens ?? null,
    completionTokens: usage?.completion_tokens ?? null,
    error: null,
  };
}

async function answered(provider: Provider, model: string, context: ProviderContext): Promise<ChatCompletion> {
  const request: ChatRequest = {
    model,
    messages: [{ role: 'user', content: 'Say OK.' }],
    max_tokens: MOST_TOKENS,
  };
  const answer = await provider.open(request, context);
  if (!(Symbol.asyncIterator in answer)) return answer;
  const collector = new Collector();
  for await (const piece of answer) for (const chunk of [piece].flat()) collector.add(chunk);
  return collector.completion();
}

async function firstListed(provider: Provider, context: ProviderContext): Promise<string | undefined> {
  const listed = await provider.listModels?.(context).catch(() => []);
  return listed?.[0]?.id;
}
