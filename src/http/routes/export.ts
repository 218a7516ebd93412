import { NexusError } from '../../errors.ts';
import type { ExportFormat } from '../../export/export-form.ts';
import { EXPORT_FORMATS } from '../../export/export-form.ts';
import type { ExportQuery, Views } from '../../views.ts';
import { FILTER_NAMES, Query } from '../query.ts';
import { credentialsOf } from '../request-head.ts';
import type { WireForm } from '../sse.ts';
import { streamItems } from '../stream-items.ts';
import type { Run } from './route.ts';

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
export const exportStats: Run = exportOf('stats', (views, query) => views.exportStats(query));

/** `GET /export/conversations`: every message as a file, by conversation. */
export const exportConversations: Run = exportOf('conversations', (views, query) => views.exportConversations(query));

function exportOf(
  name: 'stats' | 'conversations',
  open: (views: Views, query: ExportQuery) => AsyncGenerator<string, void, undefined>,
): Run {
  return async (exchange, { gateway, settings, requestId }) => {
    const views = await gateway.viewsFor(credentialsOf(exchange));
    const query = new Query(exchange.query, ['format', 'bom', ...FILTER_NAMES]);
    const format = formatIn(query);
    const pieces = open(views, { ...query.filter(), format, bom: query.truth('bom') });
    const day = new Date(settings.clock.now()).toISOString().slice(0, 10);
    const headers = {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="nexus-${name}-${day}.${format}"`,
      'cache-control': 'no-store',
      'x-request-id': requestId,
    };
    await streamItems(exchange, headers, pieces, PIECES, settings);
  };
}

function formatIn(query: Query): ExportFormat {
  const asked = query.text('format') ?? 'csv';
  const format = EXPORT_FORMATS.find((known) => known === asked);
  if (format) return format;
  const known = EXPORT_FORMATS.join(', ');
  throw new NexusError('request_invalid', `There is no such format. There are: ${known}.`, { param: 'format' });
}
