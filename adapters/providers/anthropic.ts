import type { Provider } from 'nexusai-hub/ports';
import {
  allModels,
  askKey,
  checkCount,
  checkHeaders,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
  createTransport,
  keyring,
  type KeySource,
  printExact,
  readAnswer,
  type Secret,
  stopOf,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

import { type Abilities, abilitiesOf } from './anthropic/abilities.ts';
import { messagesDialect } from './anthropic/events.ts';
import { modelPage, pathOfPage } from './anthropic/models.ts';
import { messagesRequest } from './anthropic/request.ts';

/** Options of {@link anthropic}. */
export interface AnthropicOptions extends Omit<TransportOptions, 'baseUrl'> {
  /** The key, or a function that is asked for it before every request. */
  readonly apiKey: KeySource;
  /** How the key is sent: as `x-api-key`, or, for OAuth tokens, as `authorization: Bearer`. @default 'api-key' */
  readonly authorization?: 'api-key' | 'bearer';
  /** @default 'https://api.anthropic.com/v1' */
  readonly baseUrl?: string;
  /** Sent as `anthropic-version`. @default '2023-06-01' */
  readonly version?: string;
  /** Sent as `anthropic-beta`. */
  readonly betas?: readonly string[];
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** Tokens of an answer whose request sets no limit; Anthropic demands one. Thinking has its budget besides. @default 8192 */
  readonly maxTokens?: number;
  /** How models are asked to think. @default what the model's name says */
  readonly thinking?: Abilities['thinking'];
  /** How an answer is held to a JSON schema. @default what the model's name says */
  readonly structuredOutput?: Abilities['structuredOutput'];
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * Anthropic's Messages API, translated both ways. It has no embeddings: the router leaves it out for them.
 * @throws TypeError naming the option that is wrong.
 */
export function anthropic(options: AnthropicOptions): Provider {
  const { apiKey, authorization = 'api-key', baseUrl = 'https://api.anthropic.com/v1', models } = options;
  const { version = '2023-06-01', betas = [], maxTokens = 8192, maxFrameBytes, maxAnswerBytes } = options;
  checkKey('anthropic', 'apiKey', apiKey);
  checkOneOf('anthropic', 'authorization', authorization, ['api-key', 'bearer']);
  checkHeaders('anthropic', 'headers', options.headers);
  checkNames('anthropic', 'betas', betas);
  const headers = {
    'anthropic-version': version,
    ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
    ...options.headers,
  };
  checkTransport('anthropic', { ...options, baseUrl, headers });
  checkOneOf('anthropic', 'thinking', options.thinking, ['none', 'budget', 'adaptive']);
  checkOneOf('anthropic', 'structuredOutput', options.structuredOutput, ['format', 'tool']);
  checkNames('anthropic', 'models', models);
  checkCount('anthropic', 'maxTokens', maxTokens);
  checkCount('anthropic', 'maxFrameBytes', maxFrameBytes);
  checkCount('anthropic', 'maxAnswerBytes', maxAnswerBytes);

  const keys = keyring(apiKey);
  const transport = createTransport({ ...options, baseUrl, headers });
  const limits = {
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    ...(maxAnswerBytes === undefined ? {} : { maxAnswerBytes }),
  };
  const told = {
    ...(options.thinking === undefined ? {} : { thinking: options.thinking }),
    ...(options.structuredOutput === undefined ? {} : { structuredOutput: options.structuredOutput }),
  };

  const keyHeaders = (key: Secret): Record<string, string> =>
    authorization === 'bearer' ? { authorization: `Bearer ${key.reveal()}` } : { 'x-api-key': key.reveal() };

  return {
    kind: 'anthropic',
    ...(models ? { models } : {}),
    async open(request, context) {
      const { body, formatTool } = messagesRequest(request, { ...abilitiesOf(request.model), ...told }, maxTokens);
      const key = await askKey(keys);
      const response = await transport.post('/messages', {
        body: printExact(body),
        headers: keyHeaders(key),
        signal: stopOf(context),
        heartbeat: context.heartbeat,
      });
      const rules = { model: request.model, key, dialect: messagesDialect(formatTool), ...limits };
      return readAnswer(response, rules, context);
    },
    listModels: (context) =>
      allModels(async (after) => {
        const { signal, heartbeat, clock } = context;
        const key = await askKey(keys);
        const response = await transport.get(pathOfPage(after), { headers: keyHeaders(key), signal, heartbeat });
        return modelPage(response, { key, nowMs: clock.now(), ...limits });
      }),
    close: () => transport.close(),
  };
}
