import { usageGroupOf } from '../../ledger-query.ts';
import type { LiveStats } from '../../live-stats.ts';
import { errorBodyOf } from '../../openai/error-body.ts';
import { errorEvent } from '../../openai/write-stream.ts';
import { answerJson } from '../answer-json.ts';
import { FILTER_NAMES, Query } from '../query.ts';
import type { WireForm } from '../sse.ts';
import { EVENT_HEADERS, EVENT_TYPE } from '../sse.ts';
import { liveBody, statsBody, usageBody } from '../stats-bodies.ts';
import { streamItems } from '../stream-items.ts';
import type { Run } from './route.ts';

/** Rows of usage that are shown: names of models come from callers, and may be any number. */
const MOST_ROWS = 10_000;

/** `GET /stats`: sums over the ledger, or over a part of it. */
export const stats: Run = async (exchange, { gateway, requestId }) => {
  const { views } = gateway;
  const summary = await views.summary(new Query(exchange.query, FILTER_NAMES).filter());
  answerJson(exchange, statsBody(summary, await views.present()), requestId);
};

/** `GET /stats/usage`: the same by model, provider, key, hour or day. */
export const usage: Run = async (exchange, { gateway, requestId }) => {
  const { views } = gateway;
  const query = new Query(exchange.query, ['group_by', ...FILTER_NAMES]);
  const rows = await views.usage({ ...query.filter(), groupBy: query.list('group_by').map(usageGroupOf) });
  const data = rows.slice(0, MOST_ROWS).map(usageBody);
  answerJson(exchange, { object: 'list', data, has_more: rows.length > data.length }, requestId);
};

const LIVE_EVENTS: WireForm<LiveStats> = {
  bytesOf: (moments) => moments.map((moment) => `event: stats\ndata: ${JSON.stringify(liveBody(moment))}\n\n`).join(''),
  end: '',
  error: (error) => errorEvent(errorBodyOf(error)),
  takesComments: true,
};

/** `GET /stats/live`: an event at once, and then one a second, until the client leaves or the hub closes. */
export const liveStats: Run = async (exchange, context) => {
  const { views } = context.gateway;
  new Query(exchange.query, []);
  const headers = { 'content-type': EVENT_TYPE, 'x-request-id': context.requestId, ...EVENT_HEADERS };
  await streamItems(exchange, headers, views.live(exchange.leaving.signal), LIVE_EVENTS, context.settings);
};
