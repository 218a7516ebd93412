import { z } from 'zod';
import type { ConfigControl } from '../../config-control.ts';
import { answerJson } from '../answer-json.ts';
import { modelBody, providerBody, testBody } from '../config-bodies.ts';
import { etagOf } from '../etag.ts';
import { readJsonBody } from '../json-body.ts';
import { pageOf } from '../page.ts';
import { pathPart } from '../path-part.ts';
import { checkOf } from './config.ts';
import type { CallerContext, Run } from './route.ts';

/** Members of one entry: what they may be the schema of configurations knows. */
const members = z.record(z.string(), z.unknown());
const testOptions = z.strictObject({ model: z.string().min(1).max(128).optional() });

/** Lists all providers. */
export const listProviders: Run = async (exchange, context) => {
  const views = await controlOf(context).providers();
  const bodies = views.map((view) => ({ ...providerBody(view), id: view.id }));
  answerJson(exchange, pageOf(bodies, exchange.query), context.requestId);
};

/** Makes a provider. */
export const createProvider: Run = async (exchange, context) => {
  const view = await controlOf(context).createProvider(await readJsonBody(exchange, members));
  answerJson(exchange, providerBody(view), context.requestId, { status: 201, headers: { etag: etagOf(view.tag) } });
};

/** Lists the models of one provider. */
export const listModelsOfProvider: Run = async (exchange, context) => {
  const models = await controlOf(context).models(pathPart(exchange, 1));
  answerJson(exchange, pageOf(models.map(modelOf), exchange.query), context.requestId);
};

/** Answers with one provider. */
export const oneProvider: Run = async (exchange, context) => {
  const view = await controlOf(context).provider(pathPart(exchange, 1));
  answerJson(exchange, providerBody(view), context.requestId, { headers: { etag: etagOf(view.tag) } });
};

/** Changes what is named of a provider. */
export const changeProvider: Run = async (exchange, context) => {
  const change = await readJsonBody(exchange, members);
  const options = { check: checkOf(exchange) };
  const view = await controlOf(context).changeProvider(pathPart(exchange, 1), change, options);
  answerJson(exchange, providerBody(view), context.requestId, { headers: { etag: etagOf(view.tag) } });
};

/** Deletes a provider with its models. */
export const deleteProvider: Run = async (exchange, context) => {
  const id = pathPart(exchange, 1);
  await controlOf(context).removeProvider(id, { check: checkOf(exchange) });
  answerJson(exchange, { object: 'provider', id, deleted: true }, context.requestId);
};

/** Asks a provider for a few words. */
export const testProvider: Run = async (exchange, context) => {
  const { model } = await readJsonBody(exchange, testOptions);
  const outcome = await controlOf(context).testProvider(pathPart(exchange, 1), {
    model,
    signal: exchange.leaving.signal,
  });
  answerJson(exchange, testBody(outcome), context.requestId);
};

/** A model with its id in view of the list. */
export function modelOf(view: Parameters<typeof modelBody>[0]): { readonly id: string } {
  return { ...modelBody(view), id: view.id };
}

/** The configuration for whoever asks. */
export function controlOf({ gateway, actor }: CallerContext): ConfigControl {
  return gateway.configFor(actor);
}
