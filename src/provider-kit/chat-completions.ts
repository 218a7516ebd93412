import { NexusError } from '../errors.ts';
import { jsonBytesOf } from '../openai/splice.ts';
import type { ChatRequest } from '../openai/types.ts';
import type { Provider, ProviderContext } from '../ports/index.ts';
import { usageAsker } from './ask-for-usage.ts';
import type { UpstreamResponse } from './exchange.ts';
import { readAnswer } from './read-answer.ts';
import { readEmbeddings } from './read-embeddings.ts';
import type { Secret } from './secret.ts';
import type { Transport } from './transport.ts';

/** What tells one server of the chat completions family from another. */
export interface ChatCompletionsParts {
  readonly kind: string;
  readonly models?: readonly string[] | undefined;
  readonly transport: Transport;
  /** Asked for before every request. Absent: no key is sent. */
  readonly key?: (() => Promise<Secret>) | undefined;
  /** The request in this server's words; the same value when nothing has to change. */
  readonly prepare?: (request: ChatRequest) => ChatRequest;
  /** Whether streams are asked for their usage. @default true */
  readonly asksForUsage?: boolean;
  /** Whether the server has `/embeddings`. @default true */
  readonly hasEmbeddings?: boolean;
  /** Largest event of a stream. @default 16 MiB */
  readonly maxFrameBytes?: number | undefined;
  /** Largest answer that is not a stream. @default 64 MiB */
  readonly maxAnswerBytes?: number | undefined;
}

/** A provider that speaks OpenAI's chat completions: requests go out as they came, answers come back in normal form. */
export function chatCompletionsProvider(parts: ChatCompletionsParts): Provider {
  const { kind, models, transport, prepare, asksForUsage = true, hasEmbeddings = true } = parts;
  const { maxFrameBytes, maxAnswerBytes } = parts;
  const limits = {
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };
  const withUsage = usageAsker();

  const post = async (
    path: string,
    body: object,
    { signal, heartbeat }: ProviderContext,
  ): Promise<[UpstreamResponse, Secret | undefined]> => {
    const key = await keyFrom(parts.key);
    const headers = key ? { authorization: `Bearer ${key.reveal()}` } : {};
    return [await transport.post(path, { body: jsonBytesOf(body), headers, signal, heartbeat }), key];
  };

  const provider: Provider = {
    kind,
    ...(models ? { models } : {}),
    open(request, context) {
      const send = async (asked: ChatRequest): ReturnType<Provider['open']> => {
        const [response, key] = await post('/chat/completions', asked, context);
        return readAnswer(response, { model: request.model, key, ...limits }, context);
      };
      const prepared = prepare ? prepare(request) : request;
      return asksForUsage ? withUsage(prepared, send) : send(prepared);
    },
    close: () => transport.close(),
  };
  if (!hasEmbeddings) return provider;
  return {
    ...provider,
    async embed(request, context) {
      const [response, key] = await post('/embeddings', request, context);
      return readEmbeddings(response, { key, nowMs: context.clock.now(), maxAnswerBytes });
    },
  };
}

async function keyFrom(source: (() => Promise<Secret>) | undefined): Promise<Secret | undefined> {
  try {
    return await source?.();
  } catch (cause) {
    throw new NexusError('provider_denied', 'The key for the provider could not be had.', {}, cause);
  }
}
