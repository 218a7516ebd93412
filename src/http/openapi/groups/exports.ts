import { FILE, RANGE, TIMES } from '../parameters.ts';
import type { OperationText, Operations, QueryParameters } from '../operation.ts';

function file(id: string, summary: string, range: QueryParameters): OperationText {
  const media = ['text/csv', 'application/json', 'application/x-ndjson'];
  return { id, summary, query: { ...range, ...FILE }, answer: { media }, headers: ['content-disposition'] };
}

/** What is taken as files. */
export const EXPORTS: Operations = {
  'GET /export/stats': file('exportStats', 'Every attempt, as a file', RANGE),
  'GET /export/audit': file('exportAudit', 'The audit log, as a file', TIMES),
  'GET /export/conversations': file('exportConversations', 'What was said, as a file', RANGE),
};
