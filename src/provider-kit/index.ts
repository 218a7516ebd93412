/** What adapters of providers are made of. */
export { CODES, isNexusError, NexusError } from '../errors.ts';
export type { ErrorDetails, NexusErrorCode } from '../errors.ts';
export { chunksOf, Collector } from '../openai/collect.ts';
export { failureOfFinish, finishReasonOf } from '../openai/finish-reason.ts';
export { FORWARD_OPERATION_NAMES, FORWARD_OPERATIONS } from '../openai/forward-operations.ts';
export type { ForwardPath } from '../openai/forward-operations.ts';
export { isJsonObject } from '../openai/json.ts';
export { EventReader } from '../openai/read-stream.ts';
export type { ServerEvent } from '../openai/read-stream.ts';
export { changeMembers, jsonBytesOf } from '../openai/splice.ts';
export { ToolCallTracker } from '../openai/tool-calls.ts';
export { usageOf } from '../openai/usage.ts';
export { wireTextOf, withWireText } from '../openai/wire-text.ts';
export { tokenCounter as countTokens } from '../defaults/token-counter.ts';
export { unfailingLogger } from '../defaults/unfailing-logger.ts';

export { usageAsker } from './ask-for-usage.ts';
export type { UsageAsker } from './ask-for-usage.ts';
export { askKey } from './ask-key.ts';
export { stopOf } from './attempt-context.ts';
export { begunStream } from './begun-stream.ts';
export { chatCompletionsProvider } from './chat-completions.ts';
export type { ChatCompletionsParts, OperationPath } from './chat-completions.ts';
export {
  checkBaseUrl,
  checkCount,
  checkFunction,
  checkHeaders,
  checkHeaderText,
  checkKey,
  checkNames,
  checkOneOf,
  checkTransport,
} from './check-options.ts';
export type { OptionCheck } from './check-options.ts';
export { ChunkRepair } from './chunk-repair.ts';
export type { ChunkDefaults } from './chunk-repair.ts';
export { collectChunks } from './collect-chunks.ts';
export { partsOf, textOfPart, urlOfPart } from './content-parts.ts';
export type { RequestPart } from './content-parts.ts';
export { dataUrlOf } from './data-url.ts';
export type { DataUrl } from './data-url.ts';
export type { AnswerDialect, ErrorCodes, EventTranslation, TranslatedEvent } from './dialect.ts';
export { parseExact, printExact } from './exact-json.ts';
export type { UpstreamResponse } from './exchange.ts';
export { masked } from './mask.ts';
export type { OwnMember, ProviderKind, ProviderKinds, ProviderSettings } from './provider-kind.ts';
export { providerError } from './provider-error.ts';
export type { FailedAnswer } from './provider-error.ts';
export { readAnswer } from './read-answer.ts';
export type { AnswerRules } from './read-answer.ts';
export { readChunks } from './read-chunks.ts';
export type { ChunkRules } from './read-chunks.ts';
export { completionOf } from './read-completion.ts';
export { readForwarded } from './read-forwarded.ts';
export type { ForwardRules } from './read-forwarded.ts';
export { readEmbeddings } from './read-embeddings.ts';
export { readJson, throwIfFailed } from './read-json.ts';
export type { JsonBody, ReadContext } from './read-json.ts';
export { allModels, readList, readModels } from './read-models.ts';
export type { ModelPage } from './read-models.ts';
export { foreignMembers, refuseMembers } from './request-members.ts';
export type { RefusableMember } from './request-members.ts';
export { durationMs, retryAfterMs } from './retry-after.ts';
export type { WaitHints } from './retry-after.ts';
export { keyring, Secret } from './secret.ts';
export type { KeySource } from './secret.ts';
export { singleFlightToken } from './single-flight-token.ts';
export type { IssuedToken, SingleFlightToken, TokenContext, TokenRules } from './single-flight-token.ts';
export { argumentsOf } from './tool-arguments.ts';
export { toolPlanOf } from './tool-plan.ts';
export type { FunctionTool, ToolPlan } from './tool-plan.ts';
export type { Stop } from './stop.ts';
export { createTransport } from './transport.ts';
export { abortError } from './transport-error.ts';
export type { Transport, TransportRequest } from './transport.ts';
export type { TransportOptions, UpstreamRules } from './transport-options.ts';
export { untranslatable } from './untranslatable.ts';
export { UpstreamBody } from './upstream-body.ts';
