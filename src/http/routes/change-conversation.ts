import { NexusError } from '../../errors.ts';
import { jsonBodyOf } from '../../openai/request.ts';
import type { JsonObject } from '../../ports/index.ts';
import { answerJson } from '../answer-json.ts';
import { readBody } from '../body.ts';
import type { Exchange } from '../exchange.ts';
import type { Run } from './route.ts';

/** A body of these paths holds an id or two. */
const BODY_LIMIT_BYTES = 16 * 1024;

/**
 * `POST /conversations/{id}/end`, `merge` with `{"from": id}`, `split` with `{"at": messages}`: those of the caller, or with
 * `"caller"` of somebody else.
 */
export const changeConversation: Run = async (exchange, { gateway, caller: asker, requestId }) => {
  const conversations = gateway.conversationsFor(asker);
  const [, encoded = '', verb = ''] = /^\/conversations\/(.+)\/([^/]+)$/.exec(exchange.path) ?? [];
  const id = decoded(encoded);
  const body = await bodyOf(exchange);
  const caller = textIn(body, 'caller');
  switch (verb) {
    case 'end':
      await conversations.end(id, caller);
      answerJson(exchange, { object: 'conversation', id, ended: true }, requestId);
      return;
    case 'merge': {
      const from = textIn(body, 'from');
      if (from === undefined) throw wrong('from', 'must be the id of the conversation that becomes a part of this one');
      await conversations.merge(id, from, caller);
      answerJson(exchange, { object: 'conversation', id, merged: from }, requestId);
      return;
    }
    case 'split': {
      const { at } = body;
      if (typeof at !== 'number') throw wrong('at', 'must be the number of messages that stay');
      answerJson(exchange, { object: 'conversation', id: await conversations.split(id, at, caller) }, requestId);
      return;
    }
    default:
      throw new NexusError(
        'path_unknown',
        'Conversations are changed by POST /conversations/{id}/end, /merge and /split.',
      );
  }
};

/** Nothing is as good as an empty object. */
async function bodyOf(exchange: Exchange): Promise<JsonObject> {
  const body = await readBody(exchange, BODY_LIMIT_BYTES);
  return body instanceof Uint8Array && body.length === 0 ? {} : jsonBodyOf(body, 'the members of this path');
}

function textIn(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  throw wrong(name, 'must be a text that is not empty');
}

function wrong(param: string, rule: string): NexusError {
  return new NexusError('request_invalid', `${param} ${rule}.`, { param });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new NexusError('request_invalid', 'The id of the conversation is not encoded as a part of a path.');
  }
}
