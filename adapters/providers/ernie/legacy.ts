import type { Provider, ProviderContext } from 'nexusai-hub/ports';
import {
  begunStream,
  createTransport,
  jsonBytesOf,
  readAnswer,
  readJson,
  type Secret,
  stopOf,
  type TransportOptions,
  type UpstreamResponse,
} from 'nexusai-hub/provider-kit';

import { accessToken } from './access-token.ts';
import { embedded } from './embeddings.ts';
import { chatEndpoints, embeddingEndpoints, knownModels } from './endpoints.ts';
import { LEGACY_ERROR_CODES } from './error-codes.ts';
import { legacyAnswers } from './legacy-answer.ts';
import { legacyRequest } from './legacy-request.ts';

/** What the legacy interface needs; checked already. */
export interface LegacyParts extends TransportOptions {
  readonly accessKey: Secret;
  readonly secretKey: Secret;
  readonly endpoints: Readonly<Record<string, string>> | undefined;
  readonly models?: readonly string[];
  readonly maxFrameBytes?: number;
  readonly maxAnswerBytes?: number;
}

const ROOT = '/rpc/2.0/ai_custom/v1/wenxinworkshop';

/** ERNIE by wenxinworkshop: an endpoint per model, a token in the query (providers.md section 5). */
export function legacyErnie(parts: LegacyParts): Provider {
  const { accessKey, secretKey, endpoints, models, maxFrameBytes, maxAnswerBytes, ...rest } = parts;
  const transport = createTransport(rest);
  const tokens = accessToken(transport, accessKey, secretKey);
  const chatEndpointOf = chatEndpoints(endpoints);
  const embeddingEndpointOf = embeddingEndpoints(endpoints);
  const limits = {
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };

  /** The interface takes the token in the URL only; so no URL leaves this function. */
  const post = (path: string, body: object, token: Secret, context: ProviderContext): Promise<UpstreamResponse> => {
    const where = `${ROOT}${path}?access_token=${encodeURIComponent(token.reveal())}`;
    return transport.post(where, { body: jsonBytesOf(body), signal: stopOf(context), heartbeat: context.heartbeat });
  };

  return {
    kind: 'ernie',
    ...(models ? { models } : {}),
    async open(request, context) {
      const path = `/chat/${chatEndpointOf(request.model)}`;
      const body = legacyRequest(request);
      const { model } = request;
      return tokens.use(context, async (token) => {
        const response = await post(path, body, token, context);
        const rules = { model, key: token, dialect: legacyAnswers, errorCodes: LEGACY_ERROR_CODES, ...limits };
        const answer = await readAnswer(response, rules, context);
        // That a token has expired may be told in the stream as well.
        return Symbol.asyncIterator in answer ? begunStream(answer) : answer;
      });
    },
    async embed(request, context) {
      const path = `/embeddings/${embeddingEndpointOf(request.model)}`;
      return embedded(request, (body) =>
        tokens.use(context, async (token) => {
          const response = await post(path, body, token, context);
          const reading = { key: token, nowMs: context.clock.now(), errorCodes: LEGACY_ERROR_CODES, maxAnswerBytes };
          return (await readJson(response, reading)).value;
        }),
      );
    },
    listModels: async () => knownModels(endpoints).map((id) => ({ id })),
    close: () => transport.close(),
  };
}
