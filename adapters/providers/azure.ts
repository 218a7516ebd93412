import type { ChatRequest, ForwardOperation, Provider } from 'nexusai-hub/ports';
import {
  chatCompletionsProvider,
  checkBaseUrl,
  checkCount,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
  createTransport,
  keyring,
  type KeySource,
  type Secret,
  type TransportOptions,
} from 'nexusai-hub/provider-kit';

import { withoutAnnotations } from './azure/annotations.ts';
import { entraToken, type EntraTokenSource } from './azure/entra-token.ts';
import { baseUrlOf, checkDeployments, checkVersion, deploymentPath } from './azure/paths.ts';

/** Options of {@link azure}. Either `apiKey` or `token`. */
export interface AzureOptions extends Omit<TransportOptions, 'baseUrl'> {
  /** The resource: `https://{resource}.openai.azure.com`, or what stands in front of it. */
  readonly endpoint: string;
  /** A key of the resource, sent as `api-key`, or a function that is asked for it before every request. */
  readonly apiKey?: KeySource;
  /**
   * Gives a token of Microsoft Entra ID, sent as `Authorization: Bearer`: what `getBearerTokenProvider` returns, or
   * `() => credential.getToken(scope)`. One that says when it ends is kept until shortly before.
   */
  readonly token?: EntraTokenSource;
  /** Such as `2024-10-21`: the deployments path, with this `api-version`. Absent: the v1 path, which has none. */
  readonly apiVersion?: string;
  /** Deployments by the names they are asked for by. @default a name is its deployment's */
  readonly deployments?: Readonly<Record<string, string>>;
  /** Names it serves. @default those of `deployments`; without them, any name may be sent to it */
  readonly models?: readonly string[];
  /** Results of the content filter, beside the answer. @default 'keep' */
  readonly annotations?: 'keep' | 'drop';
  /** Largest event of a stream, in bytes. @default 16 MiB */
  readonly maxFrameBytes?: number;
  /** Largest answer that is not a stream, in bytes. @default 64 MiB */
  readonly maxAnswerBytes?: number;
}

/**
 * Azure OpenAI: what a resource's deployments can do, chat completions and embeddings above all (wire facts: providers.md
 * section 4).
 * @throws TypeError naming the option that is wrong.
 */
export function azure(options: AzureOptions): Provider {
  const { endpoint, apiKey, token, apiVersion, deployments, annotations, ...rest } = options;
  checkCredentials(options);
  checkBaseUrl('azure', 'endpoint', endpoint);
  checkTransport('azure', { ...rest, baseUrl: endpoint });
  checkVersion(apiVersion);
  checkDeployments(deployments);
  checkNames('azure', 'models', rest.models);
  checkOneOf('azure', 'annotations', annotations, ['keep', 'drop']);
  checkCount('azure', 'maxFrameBytes', rest.maxFrameBytes);
  checkCount('azure', 'maxAnswerBytes', rest.maxAnswerBytes);

  const named = new Map(Object.entries(deployments ?? {}));
  const deploymentOf = (model: string): string => named.get(model) ?? model;
  return chatCompletionsProvider({
    kind: 'azure',
    models: rest.models ?? (deployments && [...named.keys()]),
    ...(apiKey === undefined ? {} : { key: keyring(apiKey), keyHeaders: apiKeyHeader }),
    ...(token === undefined ? {} : { token: entraToken(token) }),
    transport: createTransport({ ...rest, baseUrl: baseUrlOf(endpoint, apiVersion) }),
    ...(apiVersion === undefined
      ? { modelName: deploymentOf }
      : { pathOf: (path, model) => deploymentPath(deploymentOf(model), path, apiVersion) }),
    hasModelList: false, // What a key can list is what the region has, not what is deployed here.
    operations: apiVersion === undefined ? [...DEPLOYMENT_OPERATIONS, 'responses'] : DEPLOYMENT_OPERATIONS,
    usageGroup,
    ...(annotations === 'drop' ? { dialect: withoutAnnotations } : {}),
    maxFrameBytes: rest.maxFrameBytes,
    maxAnswerBytes: rest.maxAnswerBytes,
  });
}

/** What deployments take besides chat and embeddings; the Responses API has its place on the v1 path. */
const DEPLOYMENT_OPERATIONS: readonly ForwardOperation[] = [
  'completions',
  'image_generations',
  'image_edits',
  'speech',
  'transcriptions',
  'translations',
];

function checkCredentials({ apiKey, token }: AzureOptions): void {
  if (apiKey !== undefined) checkKey('azure', 'apiKey', apiKey);
  if (apiKey !== undefined && token !== undefined)
    throw new TypeError('azure: apiKey and token exclude each other; give one of them.');
  if (apiKey === undefined && typeof token !== 'function')
    throw new TypeError('azure: apiKey or token is missing; token must be a function that gives one.');
}

function apiKeyHeader(key: Secret): Record<string, string> {
  return { 'api-key': key.reveal() };
}

/** With data sources of its own a request may not ask for usage, whatever its deployment allows otherwise. */
function usageGroup(request: ChatRequest): string {
  return 'data_sources' in request ? `${request.model} with data sources` : request.model;
}
