import type { ChatRequest, Provider } from 'nexusai-hub/ports';
import {
  changeMembers,
  chatCompletionsProvider,
  checkCount,
  checkHeaderText,
  checkKey,
  checkNames,
  checkTransport,
  createTransport,
  FORWARD_OPERATION_NAMES,
  keyring,
  type KeySource,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

/** Options of {@link openai}. */
export interface OpenAIOptions extends Omit<TransportOptions, 'baseUrl'> {
  /** The key, or a function that is asked for it before every request. */
  readonly apiKey: KeySource;
  /** @default 'https://api.openai.com/v1' */
  readonly baseUrl?: string;
  /** Sent as `OpenAI-Organization`. */
  readonly organization?: string;
  /** Sent as `OpenAI-Project`. */
  readonly project?: string;
  /** Names it serves. Absent: any name may be sent to it. */
  readonly models?: readonly string[];
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * OpenAI: chat completions, embeddings, and every operation that is passed on. Requests pass through as they came, unknown members included; `max_tokens`
 * is renamed for the reasoning models, which refuse it.
 * @throws TypeError naming the option that is wrong.
 */
export function openai(options: OpenAIOptions): Provider {
  const { apiKey, baseUrl = 'https://api.openai.com/v1', organization, project, models, headers, ...rest } = options;
  checkKey('openai', 'apiKey', apiKey);
  checkTransport('openai', { ...options, baseUrl });
  checkHeaderText('openai', 'organization', organization);
  checkHeaderText('openai', 'project', project);
  checkNames('openai', 'models', models);
  checkCount('openai', 'maxFrameBytes', rest.maxFrameBytes);
  checkCount('openai', 'maxAnswerBytes', rest.maxAnswerBytes);

  return chatCompletionsProvider({
    kind: 'openai',
    models,
    key: keyring(apiKey),
    transport: createTransport({
      ...rest,
      baseUrl,
      headers: {
        ...(organization === undefined ? {} : { 'openai-organization': organization }),
        ...(project === undefined ? {} : { 'openai-project': project }),
        ...headers,
      },
    }),
    prepare: renamedLimit,
    operations: FORWARD_OPERATION_NAMES,
    maxFrameBytes: rest.maxFrameBytes,
    maxAnswerBytes: rest.maxAnswerBytes,
  });
}

/** The o-series and GPT-5 on, also fine-tuned: they answer 400 `unsupported_parameter` to `max_tokens`. */
const REASONING_MODEL = /^(?:ft:)?(?:o\d|gpt-(?:[5-9]|[1-9]\d)(?!\d))/;

function renamedLimit(request: ChatRequest): ChatRequest {
  const { max_tokens: limit, max_completion_tokens: newLimit, model } = request;
  if (limit === undefined || limit === null || (newLimit !== undefined && newLimit !== null)) return request;
  if (!REASONING_MODEL.test(model)) return request;
  return changeMembers(request, { max_tokens: undefined, max_completion_tokens: limit });
}
