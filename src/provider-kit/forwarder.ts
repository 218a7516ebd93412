import { FORWARD_OPERATIONS, type ForwardPath } from '../openai/forward-operations.ts';
import { bodyNaming, parsePassedRequest } from '../openai/forward-request.ts';
import { isJsonObject } from '../openai/json.ts';
import { changeMembers, jsonBytesOf } from '../openai/splice.ts';
import type { JsonObject } from '../openai/types.ts';
import type { ForwardAnswer, ForwardRequest, Provider, ProviderContext } from '../ports/index.ts';
import { UsageRefusals } from './ask-for-usage.ts';
import type { UpstreamResponse } from './exchange.ts';
import { readForwarded } from './read-forwarded.ts';
import type { Secret } from './secret.ts';

/** What passing on needs of a server. */
export interface ForwarderParts {
  /** Posts with the key there is, and reads the answer by `read`. */
  readonly post: (
    path: ForwardPath,
    posted: {
      readonly model: string;
      readonly body: string | Uint8Array;
      readonly headers: Readonly<Record<string, string>>;
    },
    context: ProviderContext,
    read: (response: UpstreamResponse, key: Secret | undefined) => Promise<ForwardAnswer>,
  ) => Promise<ForwardAnswer>;
  /** The name the server knows a model by, in the body. @default as the caller has it */
  readonly modelName?: ((model: string) => string) | undefined;
  /** Whether streams are asked for their usage. */
  readonly asksForUsage: boolean;
  readonly maxFrameBytes?: number;
  readonly maxAnswerBytes?: number;
}

/** Passes requests on to a server of OpenAI's family: bodies go out as they came, and so do the answers. */
export function forwarder(parts: ForwarderParts): NonNullable<Provider['forward']> {
  const { post, modelName, asksForUsage, ...limits } = parts;
  const refusals = new UsageRefusals();

  const send = (
    request: ForwardRequest,
    body: JsonObject | Uint8Array,
    hidesUsage: boolean,
    context: ProviderContext,
  ): Promise<ForwardAnswer> => {
    const { operation, model, stream, contentType } = request;
    const posted = {
      model,
      body: body instanceof Uint8Array ? body : jsonBytesOf(body),
      headers: { 'content-type': contentType, accept: '*/*' },
    };
    return post(FORWARD_OPERATIONS[operation].path, posted, context, (response, key) =>
      readForwarded(response, { operation, stream, hidesUsage, key, ...limits }, context),
    );
  };

  return async (request, context) => {
    const body = modelName ? renamed(request, modelName) : request.body;
    if (!asksForUsage || !request.stream || request.operation !== 'completions' || body instanceof Uint8Array)
      return send(request, body, false, context);
    const options = isJsonObject(body['stream_options']) ? body['stream_options'] : {};
    if (options['include_usage'] === true) return send(request, body, false, context);
    const asking = changeMembers(body, { stream_options: { ...options, include_usage: true } });
    return refusals.ask(
      request.model,
      () => send(request, asking, true, context),
      () => send(request, body, true, context),
    );
  };
}

function renamed(request: ForwardRequest, modelName: (model: string) => string): JsonObject | Uint8Array {
  const { operation, model, body, contentType } = request;
  const name = modelName(model);
  if (name === model) return body;
  if (!(body instanceof Uint8Array)) return changeMembers(body, { model: name });
  return bodyNaming(parsePassedRequest(operation, body, contentType), name).body;
}
