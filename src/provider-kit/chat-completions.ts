import type { ForwardPath } from '../openai/forward-operations.ts';
import { changeMembers, jsonBytesOf } from '../openai/splice.ts';
import type { ChatRequest } from '../openai/types.ts';
import type { ForwardOperation, Provider, ProviderContext } from '../ports/index.ts';
import { usageAsker } from './ask-for-usage.ts';
import { askKey } from './ask-key.ts';
import { stopOf } from './attempt-context.ts';
import type { AnswerDialect } from './dialect.ts';
import type { UpstreamResponse } from './exchange.ts';
import { forwarder } from './forwarder.ts';
import { readAnswer } from './read-answer.ts';
import { readEmbeddings } from './read-embeddings.ts';
import { readModels } from './read-models.ts';
import type { Secret } from './secret.ts';
import type { SingleFlightToken } from './single-flight-token.ts';
import type { Transport } from './transport.ts';

/** Paths of a server of the chat completions family, behind its base URL. */
export type OperationPath = '/chat/completions' | '/embeddings' | ForwardPath;

/** What tells one server of the chat completions family from another. */
export interface ChatCompletionsParts {
  readonly kind: string;
  readonly models?: readonly string[] | undefined;
  readonly transport: Transport;
  /** Asked for before every request. Absent: no key is sent. */
  readonly key?: (() => Secret | Promise<Secret>) | undefined;
  /** A token that expires, where there is no key. */
  readonly token?: SingleFlightToken | undefined;
  /** How a key is sent. @default as `authorization: Bearer` */
  readonly keyHeaders?: (key: Secret) => Readonly<Record<string, string>>;
  /** Where an operation is for the model that was asked for. @default the path itself */
  readonly pathOf?: (path: OperationPath, model: string) => string;
  /** The name the server knows a model by, in the body. @default as the caller has it */
  readonly modelName?: (model: string) => string;
  /** The request in this server's words; the same value when nothing has to change. */
  readonly prepare?: (request: ChatRequest) => ChatRequest;
  /** Whether streams are asked for their usage. @default true */
  readonly asksForUsage?: boolean;
  /** Which requests are alike in whether they may be asked. @default those of one model */
  readonly usageGroup?: (request: ChatRequest) => string;
  /** Whether the server has `/embeddings`. @default true */
  readonly hasEmbeddings?: boolean;
  /** Whether the server lists its models under `/models`. @default true */
  readonly hasModelList?: boolean;
  /** Operations that are passed on to the server as they come. @default none */
  readonly operations?: readonly ForwardOperation[] | undefined;
  /** Where its answers differ from the family's. */
  readonly dialect?: AnswerDialect;
  /** Largest event of a stream. @default 16 MiB */
  readonly maxFrameBytes?: number | undefined;
  /** Largest answer that is not a stream. @default 64 MiB */
  readonly maxAnswerBytes?: number | undefined;
}

/** What goes to a path of a server. */
export interface PostedBody {
  /** As the caller of the provider named it. */
  readonly model: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts with the key there is, and reads the answer by `read`. */
export type PostBody = <T>(
  path: OperationPath,
  posted: PostedBody,
  context: ProviderContext,
  read: (response: UpstreamResponse, key: Secret | undefined) => T | Promise<T>,
) => Promise<T>;

/** A provider that speaks OpenAI's chat completions: requests go out as they came, answers come back in normal form. */
export function chatCompletionsProvider(parts: ChatCompletionsParts): Provider {
  const { kind, models, transport, prepare, asksForUsage = true, hasEmbeddings = true, dialect } = parts;
  const { keyHeaders = bearer, pathOf = samePath, modelName, operations = [] } = parts;
  const { hasModelList = true, maxFrameBytes, maxAnswerBytes } = parts;
  const limits = {
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };
  const withUsage = usageAsker(parts.usageGroup);

  const withKey = <T>(context: ProviderContext, send: (key: Secret | undefined) => Promise<T>): Promise<T> => {
    if (parts.token) return parts.token.use(context, send);
    const key = parts.key && askKey(parts.key);
    return key instanceof Promise ? key.then(send) : send(key);
  };

  /** Posts with the key there is, and reads by `read`. */
  const post: PostBody = (path, { model, body, headers: more }, context, read) => {
    const where = pathOf(path, model);
    const { heartbeat } = context;
    const signal = stopOf(context);
    return withKey(context, (key) => {
      const own = key && keyHeaders(key);
      const headers = more ? { ...more, ...own } : own;
      return transport.post(where, { body, headers, signal, heartbeat }).then((response) => read(response, key));
    });
  };
  const ask = <T>(
    path: OperationPath,
    request: { model: string },
    context: ProviderContext,
    read: (response: UpstreamResponse, key: Secret | undefined) => T | Promise<T>,
  ): Promise<T> => {
    try {
      const body = jsonBytesOf(modelName ? changeMembers(request, { model: modelName(request.model) }) : request);
      return post(path, { model: request.model, body }, context, read);
    } catch (cause) {
      // Whoever calls a provider waits for its promise to say so.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      return Promise.reject(cause);
    }
  };

  const listModels: NonNullable<Provider['listModels']> = (context) =>
    withKey(context, async (key) => {
      const { heartbeat, clock } = context;
      const headers = key ? keyHeaders(key) : {};
      const response = await transport.get('/models', { headers, signal: stopOf(context), heartbeat });
      return readModels(response, { key, nowMs: clock.now(), maxAnswerBytes });
    });

  const provider: Provider = {
    kind,
    ...(models ? { models } : {}),
    open(request, context) {
      const send = (asked: ChatRequest): ReturnType<Provider['open']> =>
        ask('/chat/completions', asked, context, (response, key) =>
          readAnswer(response, { model: request.model, key, dialect, ...limits }, context),
        );
      const prepared = prepare ? prepare(request) : request;
      return asksForUsage ? withUsage(prepared, send) : send(prepared);
    },
    ...(operations.length === 0
      ? {}
      : { operations, forward: forwarder({ post, modelName, asksForUsage, ...limits }) }),
    ...(hasModelList ? { listModels } : {}),
    close: () => transport.close(),
  };
  if (!hasEmbeddings) return provider;
  return {
    ...provider,
    embed: (request, context) =>
      ask('/embeddings', request, context, (response, key) =>
        readEmbeddings(response, { key, nowMs: context.clock.now(), maxAnswerBytes }),
      ),
  };
}

function bearer(key: Secret): Record<string, string> {
  return { authorization: `Bearer ${key.reveal()}` };
}

function samePath(path: OperationPath): string {
  return path;
}
