import type { ExportFormat } from '../../export/export-form.ts';
import { exportFormatOf } from '../../export/form-of.ts';
import type { Exchange } from '../exchange.ts';
import { PRIVATE_HEADERS } from '../private-headers.ts';
import { FILTER_NAMES, Query } from '../query.ts';
import type { WireForm } from '../sse.ts';
import { streamItems } from '../stream-items.ts';
import type { CallerContext, Run } from './route.ts';

const TYPES: Readonly<Record<ExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json; charset=utf-8',
  jsonl: 'application/x-ndjson; charset=utf-8',
};

/** Only a cut connection says that something is missing: no file may look whole that is not. */
const PIECES: WireForm<string> = {
  bytesOf: (pieces) => pieces.join(''),
  end: '',
  error: () => undefined,
  takesComments: false,
};

/** `GET /export/stats`: every attempt as a file. */
export const exportStats: Run = exportOf('stats');

/** `GET /export/conversations`: every message as a file, by conversation. */
export const exportConversations: Run = exportOf('conversations');

/** `GET /export/audit`: every entry of the audit log as a file, the oldest first. */
export const exportAudit: Run = (exchange, context) => {
  const query = new Query(exchange.query, ['format', 'bom', 'from', 'to']);
  const range = { fromMs: query.time('from'), toMs: query.time('to') };
  const { auditViews } = context.gateway;
  return sendFile('audit', query, exchange, context, (form) => auditViews.export({ ...range, ...form }));
};

function exportOf(what: 'stats' | 'conversations'): Run {
  return (exchange, context) => {
    const query = new Query(exchange.query, ['format', 'bom', ...FILTER_NAMES]);
    const filter = query.filter();
    return sendFile(what, query, exchange, context, (form) =>
      context.gateway.views.export(what, { ...filter, ...form }),
    );
  };
}

/** How a file is asked for. */
interface FileForm {
  readonly format: ExportFormat;
  readonly bom: boolean | undefined;
}

async function sendFile(
  what: string,
  query: Query,
  exchange: Exchange,
  { settings, requestId }: CallerContext,
  piecesOf: (form: FileForm) => AsyncGenerator<string, void, undefined>,
): Promise<void> {
  const format = exportFormatOf(query.text('format') ?? 'csv');
  const day = new Date(settings.clock.now()).toISOString().slice(0, 10);
  const headers = {
    'content-type': TYPES[format],
    'content-disposition': `attachment; filename="nexus-${what}-${day}.${format}"`,
    'x-request-id': requestId,
    ...PRIVATE_HEADERS,
  };
  await streamItems(exchange, headers, piecesOf({ format, bom: query.truth('bom') }), PIECES, settings);
}
