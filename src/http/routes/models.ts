import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import type { Run } from './route.ts';

/** `GET /v1/models`: what this caller may use. */
export const listModels: Run = async (exchange, { gateway, caller, requestId }) => {
  const data = await gateway.listModels(caller);
  answerJson(exchange, { object: 'list', data }, requestId);
};

/** `GET /v1/models/{id}`; ids may hold slashes, encoded or not. */
export const oneModel: Run = async (exchange, { gateway, caller, requestId }) => {
  const models = await gateway.listModels(caller);
  const id = decoded(exchange.path.slice(exchange.path.indexOf('/models/') + '/models/'.length));
  const model = models.find((entry) => entry.id === id);
  if (!model) throw new NexusError('model_not_found', 'The model does not exist here.', { param: 'model' });
  answerJson(exchange, model, requestId);
};

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
