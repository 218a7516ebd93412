import { z } from 'zod';
import type { TagCheck } from '../../config-control.ts';
import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import { configBody, epochBody, previewBody } from '../config-bodies.ts';
import { checkPreconditions, etagOf } from '../etag.ts';
import type { Exchange } from '../exchange.ts';
import { readJsonBody } from '../json-body.ts';
import { Query } from '../query.ts';
import type { Run } from './route.ts';

/** Sections of a configuration: what may stand in them its own schema knows. */
const sections = z.record(z.string(), z.unknown());
const wayBack = z.strictObject({ to: z.number().int().min(1) });
const rollback = z.strictObject({ to: z.number().int().min(1).optional() });

const MOST_EPOCHS = 100;

/** Answers with what is in force. */
export const oneConfig: Run = async (exchange, { gateway, requestId, actor }) => {
  const view = await gateway.configFor(actor).current();
  answerJson(exchange, configBody(view), requestId, { headers: { etag: etagOf(view.number) } });
};

/** Lists epochs, the newest first: `after` is the number of the last that was read. */
export const listEpochs: Run = async (exchange, { gateway, requestId, actor }) => {
  const query = new Query(exchange.query, ['after', 'limit']);
  const limit = query.count('limit', MOST_EPOCHS) ?? MOST_EPOCHS;
  const after = query.count('after', 999_999);
  const epochs = await gateway.configFor(actor).history({ before: after, limit: limit + 1 });
  const data = epochs.slice(0, limit).map(epochBody);
  answerJson(exchange, { object: 'list', data, has_more: epochs.length > limit }, requestId);
};

/** Tells what a change would do; `{"to": 3}`: what going back there would. */
export const previewConfig: Run = async (exchange, { gateway, requestId, actor }) => {
  const replace = replaceIn(exchange);
  const change = await readJsonBody(exchange, sections);
  const control = gateway.configFor(actor);
  const { data: back } = wayBack.safeParse(change);
  const preview = back ? control.previewRollback(back.to) : control.preview(change, { replace });
  answerJson(exchange, previewBody(await preview), requestId);
};

/** Puts a change in force. */
export const putConfig: Run = async (exchange, { gateway, requestId, actor }) => {
  const replace = replaceIn(exchange);
  const change = await readJsonBody(exchange, sections);
  const view = await gateway.configFor(actor).apply(change, { replace, check: checkOf(exchange) });
  answerJson(exchange, configBody(view), requestId, { headers: { etag: etagOf(view.number) } });
};

/** Puts an earlier epoch in force again. */
export const rollbackConfig: Run = async (exchange, { gateway, requestId, actor }) => {
  const { to } = await readJsonBody(exchange, rollback);
  const view = await gateway.configFor(actor).rollback(to, { check: checkOf(exchange) });
  answerJson(exchange, configBody(view), requestId, { headers: { etag: etagOf(view.number) } });
};

/** What the headers of a request ask for, of what has this tag. */
export function checkOf(exchange: Exchange): TagCheck {
  return (tag) => {
    checkPreconditions(exchange, tag === undefined ? undefined : etagOf(tag));
  };
}

function replaceIn(exchange: Exchange): boolean {
  const mode = new Query(exchange.query, ['mode']).text('mode') ?? 'merge';
  if (mode === 'merge' || mode === 'replace') return mode === 'replace';
  throw new NexusError('request_invalid', '"mode" must be merge or replace.', { param: 'mode' });
}
