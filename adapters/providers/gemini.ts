import type { Provider, ProviderContext } from 'nexusai-hub/ports';
import {
  allModels,
  askKey,
  checkCount,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
  countTokens,
  createTransport,
  isJsonObject,
  keyring,
  type KeySource,
  NexusError,
  printExact,
  readAnswer,
  readJson,
  type Secret,
  stopOf,
  type TransportOptions,
  type UpstreamResponse,
} from 'nexusai-hub/provider-kit';

import { abilitiesOf } from './gemini/abilities.ts';
import { geminiEmbeddings } from './gemini/embeddings.ts';
import { geminiDialect } from './gemini/events.ts';
import { modelPage, pathOfPage } from './gemini/models.ts';
import { generateRequest, pathOfModel } from './gemini/request.ts';
import type { SchemaDialect } from './gemini/tools.ts';

/** Options of {@link gemini}. */
export interface GeminiOptions extends Omit<TransportOptions, 'baseUrl'> {
  /** The key, or a function that is asked for it before every request. It is sent in a header, never in a URL. */
  readonly apiKey: KeySource;
  /** How the key is sent: as `x-goog-api-key`, or, for tokens of Vertex AI, as `authorization: Bearer`. @default 'api-key' */
  readonly authorization?: 'api-key' | 'bearer';
  /** Paths such as `/models/{model}:generateContent` go behind it. @default 'https://generativelanguage.googleapis.com/v1beta' */
  readonly baseUrl?: string;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** How schemas of tools and answers are sent. `openapi`: in the subset that older servers know. @default 'json-schema' */
  readonly schemas?: SchemaDialect;
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * Google's Gemini API in its own words, `generateContent` and embeddings, translated both ways.
 * @throws TypeError naming the option that is wrong.
 */
export function gemini(options: GeminiOptions): Provider {
  const { apiKey, authorization = 'api-key', models, schemas = 'json-schema', maxFrameBytes, maxAnswerBytes } = options;
  const { baseUrl = 'https://generativelanguage.googleapis.com/v1beta' } = options;
  checkKey('gemini', 'apiKey', apiKey);
  checkOneOf('gemini', 'authorization', authorization, ['api-key', 'bearer']);
  checkTransport('gemini', { ...options, baseUrl });
  checkOneOf('gemini', 'schemas', schemas, ['json-schema', 'openapi']);
  checkNames('gemini', 'models', models);
  checkCount('gemini', 'maxFrameBytes', maxFrameBytes);
  checkCount('gemini', 'maxAnswerBytes', maxAnswerBytes);

  const keys = keyring(apiKey);
  const transport = createTransport({ ...options, baseUrl });
  const counter = countTokens();
  const limits = {
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };
  const keyHeaders = (key: Secret): Record<string, string> =>
    authorization === 'bearer' ? { authorization: `Bearer ${key.reveal()}` } : { 'x-goog-api-key': key.reveal() };
  const post = async (path: string, body: object, context: ProviderContext): Promise<[UpstreamResponse, Secret]> => {
    const key = await askKey(keys);
    const { heartbeat } = context;
    const sent = { body: printExact(body), headers: keyHeaders(key), signal: stopOf(context), heartbeat };
    return [await transport.post(path, sent), key];
  };

  return {
    kind: 'gemini',
    ...(models ? { models } : {}),
    async open(request, context) {
      const { model, stream, parallel_tool_calls: parallel } = request;
      // Without `alt=sse` a stream is one list of JSON.
      const method = stream === true ? 'streamGenerateContent?alt=sse' : 'generateContent';
      const body = generateRequest(request, abilitiesOf(model), schemas);
      const [response, key] = await post(`${pathOfModel(model)}:${method}`, body, context);
      return readAnswer(response, { model, key, dialect: geminiDialect(parallel !== false), ...limits }, context);
    },
    async embed(request, context) {
      const path = pathOfModel(request.model);
      const call = async (method: string, body: object): Promise<Record<string, unknown>> => {
        const [response, key] = await post(`${path}:${method}`, body, context);
        const { value } = await readJson(response, { key, nowMs: context.clock.now(), maxAnswerBytes });
        if (isJsonObject(value)) return value;
        throw new NexusError('malformed_response', "The provider's answer is not an object.");
      };
      return geminiEmbeddings(request, path.slice(1), call, counter);
    },
    listModels: (context) =>
      allModels(async (token) => {
        const { signal, heartbeat, clock } = context;
        const key = await askKey(keys);
        const response = await transport.get(pathOfPage(token), { headers: keyHeaders(key), signal, heartbeat });
        return modelPage(response, { key, nowMs: clock.now(), ...limits });
      }),
    async close() {
      counter.close();
      await transport.close();
    },
  };
}
