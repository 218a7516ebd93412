import { z } from 'zod';
import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import { modelBody } from '../config-bodies.ts';
import { etagOf } from '../etag.ts';
import type { Exchange } from '../exchange.ts';
import { readJsonBody } from '../json-body.ts';
import { pageOf } from '../page.ts';
import { checkOf } from './config.ts';
import { controlOf, modelOf } from './providers.ts';
import type { Run } from './route.ts';

const members = z.record(z.string(), z.unknown());
const FOLDER = '/provider_models/';

/** Lists the models of all providers. */
export const listProviderModels: Run = async (exchange, context) => {
  const models = await controlOf(context).models();
  answerJson(exchange, pageOf(models.map(modelOf), exchange.query), context.requestId);
};

/** Adds a model to a provider. */
export const createProviderModel: Run = async (exchange, context) => {
  const view = await controlOf(context).createModel(await readJsonBody(exchange, members));
  answerJson(exchange, modelBody(view), context.requestId, { status: 201, headers: { etag: etagOf(view.tag) } });
};

/** Answers with one model. */
export const oneProviderModel: Run = async (exchange, context) => {
  const view = await controlOf(context).model(idIn(exchange));
  answerJson(exchange, modelBody(view), context.requestId, { headers: { etag: etagOf(view.tag) } });
};

/** Changes what is named of a model. */
export const changeProviderModel: Run = async (exchange, context) => {
  const change = await readJsonBody(exchange, members);
  const view = await controlOf(context).changeModel(idIn(exchange), change, { check: checkOf(exchange) });
  answerJson(exchange, modelBody(view), context.requestId, { headers: { etag: etagOf(view.tag) } });
};

/** Deletes a model. */
export const deleteProviderModel: Run = async (exchange, context) => {
  const id = idIn(exchange);
  await controlOf(context).removeModel(id, { check: checkOf(exchange) });
  answerJson(exchange, { object: 'provider_model', id, deleted: true }, context.requestId);
};

/** `provider/name`: with its slashes as they are, or encoded as one part. */
function idIn({ path }: Exchange): string {
  try {
    return decodeURIComponent(path.slice(FOLDER.length));
  } catch {
    throw new NexusError('request_invalid', 'The id in the path is not encoded as a part of a path.');
  }
}
