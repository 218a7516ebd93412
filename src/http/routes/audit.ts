import { auditOutcomeOf, MOST_AUDIT_ENTRIES } from '../../audit-query.ts';
import { NexusError } from '../../errors.ts';
import type { AuditLink } from '../../ports/index.ts';
import { answerJson } from '../answer-json.ts';
import { auditBody, chainBody } from '../audit-bodies.ts';
import { Query } from '../query.ts';
import type { Run } from './route.ts';

/** Entries of a page, unless asked for otherwise. */
const USUAL = 100;

const NAMES = ['actor', 'action', 'target', 'outcome', 'status', 'from', 'to', 'q', 'after', 'limit'];

/** `GET /audit`: a page of the audit log, the newest first. `after`: the sequence number of the last of the page before. */
export const listAudit: Run = async (exchange, { gateway, requestId }) => {
  const query = new Query(exchange.query, NAMES);
  const outcome = query.text('outcome');
  const { data, hasMore } = await gateway.auditViews.list({
    actor: query.text('actor'),
    action: query.text('action'),
    target: query.text('target'),
    outcome: outcome === undefined ? undefined : auditOutcomeOf(outcome),
    status: query.number('status'),
    fromMs: query.time('from'),
    toMs: query.time('to'),
    search: query.text('q'),
    before: query.number('after'),
    limit: query.count('limit', MOST_AUDIT_ENTRIES) ?? USUAL,
  });
  const next = hasMore ? String(data.at(-1)?.sequence ?? '') : null;
  answerJson(exchange, { object: 'list', data: data.map(auditBody), has_more: hasMore, next }, requestId);
};

/** `GET /audit/verify`: looks at every link, or at those `from` and `to`; `sequence` and `hash` name one that was noted. */
export const verifyAudit: Run = async (exchange, { gateway, requestId }) => {
  const query = new Query(exchange.query, ['from', 'to', 'sequence', 'hash']);
  const range = { from: query.number('from'), to: query.number('to'), expect: linkIn(query) };
  const report = await gateway.auditViews.verify({ ...range, signal: exchange.leaving.signal });
  answerJson(exchange, chainBody(report), requestId);
};

function linkIn(query: Query): AuditLink | undefined {
  const sequence = query.number('sequence');
  const hash = query.text('hash');
  if (sequence === undefined && hash === undefined) return undefined;
  if (sequence !== undefined && hash !== undefined) return { sequence, hash };
  const param = sequence === undefined ? 'sequence' : 'hash';
  throw new NexusError('request_invalid', 'A link is named by both "sequence" and "hash".', { param });
}
