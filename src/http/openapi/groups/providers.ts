import { z } from 'zod';
import { deletedNamed, listNamed, named, patchNamed } from '../components.ts';
import type { Operations, OperationText } from '../operation.ts';
import { PAGE } from '../parameters.ts';
import { modelName, modelSettings, providerChange, providerSettings } from './configured.ts';

const { strictObject, literal, string, number, boolean } = z;

const { id: _id, ...settings } = providerSettings.shape;
const provider = named(
  'Provider',
  strictObject({ object: literal('provider'), id: string(), ...settings, configured: boolean() }),
);
const deletedProvider = deletedNamed('DeletedProvider', 'provider');
const model = named(
  'ProviderModel',
  strictObject({
    object: literal('provider_model'),
    id: string(),
    provider_id: string(),
    name: string(),
    ...modelSettings,
  }),
);
const deletedModel = deletedNamed('DeletedProviderModel', 'provider_model');
const models = listNamed('ProviderModelList', model);
const modelBody = strictObject({ provider_id: string(), name: modelName, ...modelSettings });
const newModel = named('NewProviderModel', modelBody);
const modelChange = patchNamed('ProviderModelChange', modelBody);

const test = named(
  'ProviderTest',
  strictObject({
    object: literal('provider.test'),
    ok: boolean(),
    model: string(),
    latency_ms: number(),
    said: string().nullable(),
    usage: strictObject({ prompt_tokens: number().nullable(), completion_tokens: number().nullable() }),
    error: strictObject({ code: string(), message: string(), provider_status: number().nullable() }).nullable(),
  }),
);
const testRequest = named('ProviderTestRequest', strictObject({ model: string().min(1).max(128).optional() }));

const changing: Pick<OperationText, 'summary' | 'body' | 'answer' | 'isTagged' | 'isConditional'> = {
  summary: 'Change what is named of a provider',
  body: providerChange,
  answer: { json: provider },
  isTagged: true,
  isConditional: true,
};
const MODEL_PATH = '/provider_models/{id}';
const changingModel = { ...changing, path: MODEL_PATH, body: modelChange, answer: { json: model } };

/** Providers and their models. */
export const PROVIDERS: Operations = {
  'GET /providers': {
    id: 'listProviders',
    summary: 'List providers',
    query: PAGE,
    answer: { json: listNamed('ProviderList', provider) },
  },
  'POST /providers': {
    id: 'createProvider',
    summary: 'Make a provider',
    body: providerSettings,
    answer: { json: provider, status: 201 },
    isTagged: true,
  },
  'GET /providers/{id}': {
    id: 'getProvider',
    summary: 'Look at a provider',
    answer: { json: provider },
    isTagged: true,
  },
  'PUT /providers/{id}': { ...changing, id: 'putProvider' },
  'PATCH /providers/{id}': { ...changing, id: 'changeProvider' },
  'DELETE /providers/{id}': {
    id: 'deleteProvider',
    summary: 'Delete a provider with its models',
    answer: { json: deletedProvider },
    isConditional: true,
  },
  'GET /providers/{id}/models': {
    id: 'listModelsOfProvider',
    summary: 'List the models of a provider',
    query: PAGE,
    answer: { json: models },
  },
  'POST /providers/{id}/test': {
    id: 'testProvider',
    summary: 'Ask a provider for a few words',
    body: testRequest,
    answer: { json: test },
  },
  'GET /provider_models': {
    id: 'listProviderModels',
    summary: 'List the models of all providers',
    query: PAGE,
    answer: { json: models },
  },
  'POST /provider_models': {
    id: 'createProviderModel',
    summary: 'Add a model to a provider',
    body: newModel,
    mayMiss: true,
    answer: { json: model, status: 201 },
    isTagged: true,
  },
  'GET /provider_models/*': {
    id: 'getProviderModel',
    summary: 'Look at a model of a provider',
    path: MODEL_PATH,
    answer: { json: model },
    isTagged: true,
  },
  'PUT /provider_models/*': { ...changingModel, id: 'putProviderModel', summary: 'Change what is named of a model' },
  'PATCH /provider_models/*': {
    ...changingModel,
    id: 'changeProviderModel',
    summary: 'Change what is named of a model',
  },
  'DELETE /provider_models/*': {
    id: 'deleteProviderModel',
    summary: 'Delete a model of a provider',
    path: MODEL_PATH,
    answer: { json: deletedModel },
    isConditional: true,
  },
};
