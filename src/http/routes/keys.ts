import type { KeyCheck, KeyInfo } from '../../key-control.ts';
import { KEY_PAGE } from '../../key-values.ts';
import type { JsonAnswer } from '../answer-json.ts';
import { answerJson } from '../answer-json.ts';
import { checkPreconditions, etagOf } from '../etag.ts';
import type { Exchange } from '../exchange.ts';
import { readJsonBody } from '../json-body.ts';
import { changedKeyBody, keyBody, madeKeyBody, newKeyBody, rotationBody } from '../key-bodies.ts';
import { pathPart } from '../path-part.ts';
import { Query } from '../query.ts';
import type { RouteTable, Run } from './route.ts';

/** `GET /keys`: those there are, in the order they were made. */
const listKeys: Run = async (exchange, { gateway, actor, requestId }) => {
  const query = new Query(exchange.query, ['after', 'limit']);
  const asked = { after: query.text('after'), limit: query.count('limit', KEY_PAGE.most) };
  const { data, hasMore } = await gateway.keysFor(actor).list(asked);
  answerJson(exchange, { object: 'list', data: data.map(keyBody), has_more: hasMore }, requestId);
};

/** `POST /keys`: makes one. The answer has its secret, which is shown nowhere else. */
const createKey: Run = async (exchange, { gateway, actor, requestId }) => {
  const fields = await readJsonBody(exchange, newKeyBody);
  const made = await gateway.keysFor(actor).create(fields);
  answerJson(exchange, madeKeyBody(made), requestId, { status: 201, ...tagged(made.key) });
};

/** `GET /keys/{id}` */
const oneKey: Run = async (exchange, { gateway, actor, requestId }) => {
  const key = await gateway.keysFor(actor).get(pathPart(exchange, 1));
  answerJson(exchange, keyBody(key), requestId, tagged(key));
};

/** `PATCH /keys/{id}`: changes what is named. */
const changeKey: Run = async (exchange, { gateway, actor, requestId }) => {
  const changes = await readJsonBody(exchange, changedKeyBody);
  const key = await gateway.keysFor(actor).update(pathPart(exchange, 1), changes, checkIn(exchange));
  answerJson(exchange, keyBody(key), requestId, tagged(key));
};

/** `DELETE /keys/{id}` */
const deleteKey: Run = async (exchange, { gateway, actor, requestId }) => {
  const id = pathPart(exchange, 1);
  await gateway.keysFor(actor).remove(id, checkIn(exchange));
  answerJson(exchange, { object: 'key', id, deleted: true }, requestId);
};

/** `POST /keys/{id}/rotate`: another secret; the one before counts for `overlap_ms` more. */
const rotateKey: Run = async (exchange, { gateway, actor, requestId }) => {
  const options = await readJsonBody(exchange, rotationBody);
  const made = await gateway.keysFor(actor).rotate(pathPart(exchange, 1), options, checkIn(exchange));
  answerJson(exchange, madeKeyBody(made), requestId, tagged(made.key));
};

/** The paths of personal keys. */
export const KEY_ROUTES: RouteTable = [
  ['/keys', { GET: { permission: 'keys.read', run: listKeys }, POST: { permission: 'keys.write', run: createKey } }],
  [
    '/keys/{id}',
    {
      GET: { permission: 'keys.read', run: oneKey },
      PATCH: { permission: 'keys.write', run: changeKey },
      DELETE: { permission: 'keys.write', run: deleteKey },
    },
  ],
  ['/keys/{id}/rotate', { POST: { permission: 'keys.write', run: rotateKey } }],
];

function checkIn(exchange: Exchange): KeyCheck {
  return (version) => {
    checkPreconditions(exchange, version === undefined ? undefined : etagOf(version));
  };
}

function tagged({ version }: KeyInfo): Pick<JsonAnswer, 'headers'> {
  return { headers: { etag: etagOf(version) } };
}
