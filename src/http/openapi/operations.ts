import { z } from 'zod';
import { configSchema } from '../../control/document/config-schema.ts';
import { providerSchema } from '../../control/document/provider-schema.ts';
import { CHAT_REQUEST, EMBEDDING_REQUEST } from '../../openai/schemas.ts';
import { changedKeyBody, newKeyBody, rotationBody } from '../key-bodies.ts';

/** What is said of an operation beyond its path, its parameters there, and who may ask for it. */
export interface OperationText {
  readonly summary: string;
  /** The name under which programs know it. */
  readonly id: string;
  /** What is taken behind the `?`. */
  readonly query?: readonly string[];
  /** What the body may be. Absent: there is none, or nothing is said of it. */
  readonly body?: z.ZodType;
  /** What is answered: the `object` of a JSON body, or a media type. */
  readonly answers: string;
  /** @default 200 */
  readonly status?: number;
}

const PAGE = ['after', 'limit'];
const RANGE = ['from', 'to', 'caller', 'model', 'provider'];
const EXPORT = [...RANGE, 'format', 'bom'];

const { port, host, cors, ...sections } = configSchema.shape;
const changing = z.looseObject(sections).partial();
const provider = providerSchema.partial();
const model = z.looseObject({ provider_id: z.string(), name: z.string(), upstream_model: z.string().optional() });
const passed = z.looseObject({ model: z.string() });

/** Every operation of the HTTP API, by method and path as the route tables have them. */
export const OPERATIONS: Readonly<Record<string, OperationText>> = {
  'POST /v1/chat/completions': {
    id: 'createChatCompletion',
    summary: 'Ask a model',
    body: CHAT_REQUEST,
    answers: 'chat.completion',
  },
  'POST /v1/embeddings': {
    id: 'createEmbedding',
    summary: 'Turn text into vectors',
    body: EMBEDDING_REQUEST,
    answers: 'list',
  },
  'POST /v1/completions': {
    id: 'createCompletion',
    summary: 'Complete a text',
    body: passed,
    answers: 'text_completion',
  },
  'POST /v1/moderations': { id: 'createModeration', summary: 'Judge a text', answers: 'any' },
  'POST /v1/responses': {
    id: 'createResponse',
    summary: 'Ask a model, in the newer form',
    body: passed,
    answers: 'response',
  },
  'POST /v1/images/generations': { id: 'createImage', summary: 'Make a picture', answers: 'any' },
  'POST /v1/images/edits': { id: 'editImage', summary: 'Change a picture', answers: 'any' },
  'POST /v1/images/variations': { id: 'varyImage', summary: 'Make pictures like one', answers: 'any' },
  'POST /v1/audio/speech': { id: 'createSpeech', summary: 'Speak a text', answers: 'audio/*' },
  'POST /v1/audio/transcriptions': { id: 'createTranscription', summary: 'Write down speech', answers: 'any' },
  'POST /v1/audio/translations': { id: 'createTranslation', summary: 'Write down speech in English', answers: 'any' },
  'GET /v1/models': { id: 'listModels', summary: 'List the models that may be used', answers: 'list' },
  'GET /v1/models/*': { id: 'getModel', summary: 'Look at one model', answers: 'model' },
  'GET /audit': {
    id: 'listAudit',
    summary: 'Search the audit log, the newest first',
    query: ['actor', 'action', 'target', 'outcome', 'status', 'from', 'to', 'q', ...PAGE],
    answers: 'list',
  },
  'GET /audit/verify': {
    id: 'verifyAudit',
    summary: 'Look at every link of the audit log',
    query: ['from', 'to', 'sequence', 'hash'],
    answers: 'audit.verification',
  },
  'GET /backups': { id: 'listBackups', summary: 'List copies of the database', query: PAGE, answers: 'list' },
  'POST /backups': { id: 'createBackup', summary: 'Copy the database now', answers: 'backup', status: 201 },
  'POST /backups/*': { id: 'verifyBackup', summary: 'Read a copy again: /backups/{name}/verify', answers: 'backup' },
  'GET /circuits': { id: 'listCircuits', summary: 'List circuits', query: PAGE, answers: 'list' },
  'POST /circuits/*': {
    id: 'holdCircuit',
    summary: 'Hold a circuit: /circuits/{id}/{open|close|auto}',
    answers: 'circuit',
  },
  'GET /keys': { id: 'listKeys', summary: 'List personal keys', query: PAGE, answers: 'list' },
  'POST /keys': {
    id: 'createKey',
    summary: 'Make a personal key; its secret is in this answer alone',
    body: newKeyBody,
    answers: 'key',
    status: 201,
  },
  'GET /keys/{id}': { id: 'getKey', summary: 'Look at a personal key', answers: 'key' },
  'PATCH /keys/{id}': {
    id: 'changeKey',
    summary: 'Change what is named of a personal key',
    body: changedKeyBody,
    answers: 'key',
  },
  'DELETE /keys/{id}': { id: 'deleteKey', summary: 'Delete a personal key', answers: 'key' },
  'POST /keys/{id}/rotate': {
    id: 'rotateKey',
    summary: 'Give a personal key another secret',
    body: rotationBody,
    answers: 'key',
  },
  'GET /vault': { id: 'getVault', summary: 'How secrets are sealed, and whether they open', answers: 'vault' },
  'POST /vault/rotate': {
    id: 'rotateVault',
    summary: 'Seal every secret anew with the newest master key',
    answers: 'vault.rotation',
    status: 202,
  },
  'GET /session': { id: 'getSession', summary: 'Who asks', answers: 'any' },
  'POST /session': {
    id: 'beginSession',
    summary: 'Log in with a key: a cookie stands for it',
    answers: 'any',
    status: 201,
  },
  'DELETE /session': { id: 'endSession', summary: 'Log out', answers: 'any' },
  'GET /config': { id: 'getConfig', summary: 'What is configured', answers: 'config' },
  'PUT /config': {
    id: 'changeConfig',
    summary: 'Put a change of the configuration in force',
    query: ['mode'],
    body: changing,
    answers: 'config',
  },
  'GET /config/history': { id: 'listEpochs', summary: 'List earlier configurations', query: PAGE, answers: 'list' },
  'POST /config/preview': {
    id: 'previewConfig',
    summary: 'What a change would do',
    query: ['mode'],
    body: changing,
    answers: 'config.preview',
  },
  'POST /config/rollback': {
    id: 'rollbackConfig',
    summary: 'Put an earlier configuration in force again',
    body: z.strictObject({ to: z.number().int().min(1).optional() }),
    answers: 'config',
  },
  'GET /providers': { id: 'listProviders', summary: 'List providers', query: PAGE, answers: 'list' },
  'POST /providers': {
    id: 'createProvider',
    summary: 'Make a provider',
    body: providerSchema,
    answers: 'provider',
    status: 201,
  },
  'GET /providers/{id}': { id: 'getProvider', summary: 'Look at a provider', answers: 'provider' },
  'PUT /providers/{id}': {
    id: 'putProvider',
    summary: 'Change what is named of a provider',
    body: provider,
    answers: 'provider',
  },
  'PATCH /providers/{id}': {
    id: 'changeProvider',
    summary: 'Change what is named of a provider',
    body: provider,
    answers: 'provider',
  },
  'DELETE /providers/{id}': { id: 'deleteProvider', summary: 'Delete a provider', answers: 'provider' },
  'GET /providers/{id}/models': {
    id: 'listModelsOfProvider',
    summary: 'List the models of a provider',
    query: PAGE,
    answers: 'list',
  },
  'POST /providers/{id}/test': {
    id: 'testProvider',
    summary: 'Ask a provider for a few words',
    body: z.strictObject({ model: z.string().optional() }),
    answers: 'provider.test',
  },
  'GET /provider_models': {
    id: 'listProviderModels',
    summary: 'List the models of all providers',
    query: PAGE,
    answers: 'list',
  },
  'POST /provider_models': {
    id: 'createProviderModel',
    summary: 'Add a model to a provider',
    body: model,
    answers: 'provider_model',
    status: 201,
  },
  'GET /provider_models/*': {
    id: 'getProviderModel',
    summary: 'Look at a model of a provider',
    answers: 'provider_model',
  },
  'PUT /provider_models/*': {
    id: 'putProviderModel',
    summary: 'Change what is named of a model',
    body: model.partial(),
    answers: 'provider_model',
  },
  'PATCH /provider_models/*': {
    id: 'changeProviderModel',
    summary: 'Change what is named of a model',
    body: model.partial(),
    answers: 'provider_model',
  },
  'DELETE /provider_models/*': {
    id: 'deleteProviderModel',
    summary: 'Delete a model of a provider',
    answers: 'provider_model',
  },
  'POST /explain': {
    id: 'explain',
    summary: 'Where a request would go, and why',
    query: ['operation'],
    body: passed,
    answers: 'explanation',
  },
  'GET /stats': { id: 'getStats', summary: 'Figures of the hub', query: RANGE, answers: 'any' },
  'GET /stats/usage': {
    id: 'listUsage',
    summary: 'Usage by model, provider, key and time',
    query: ['group_by', ...RANGE],
    answers: 'list',
  },
  'GET /stats/live': {
    id: 'watchStats',
    summary: 'Figures as they change, once a second',
    answers: 'text/event-stream',
  },
  'GET /conversations': {
    id: 'listConversations',
    summary: 'Search conversations',
    query: [...RANGE, 'q', ...PAGE],
    answers: 'list',
  },
  'GET /conversations/*': {
    id: 'getConversation',
    summary: 'Read a conversation',
    query: ['caller'],
    answers: 'conversation',
  },
  'POST /conversations/*': {
    id: 'changeConversation',
    summary: 'End, merge or split: /conversations/{id}/{end|merge|split}',
    answers: 'conversation',
  },
  'GET /export/stats': { id: 'exportStats', summary: 'Every attempt, as a file', query: EXPORT, answers: 'text/csv' },
  'GET /export/audit': {
    id: 'exportAudit',
    summary: 'The audit log, as a file',
    query: ['format', 'from', 'to', 'bom'],
    answers: 'text/csv',
  },
  'GET /export/conversations': {
    id: 'exportConversations',
    summary: 'What was said, as a file',
    query: EXPORT,
    answers: 'text/csv',
  },
  'GET /healthz': { id: 'health', summary: 'Whether the process lives', answers: 'any' },
  'GET /readyz': { id: 'readiness', summary: 'Whether requests are taken', answers: 'any' },
  'GET /openapi.json': { id: 'getOpenapi', summary: 'This description', answers: 'any' },
};
