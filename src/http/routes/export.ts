import type { ExportFormat } from '../../export/export-form.ts';
import { exportFormatOf } from '../../ledger-export.ts';
import { PRIVATE_HEADERS } from '../private-headers.ts';
import { FILTER_NAMES, Query } from '../query.ts';
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
export const exportStats: Run = exportOf('stats');

/** `GET /export/conversations`: every message as a file, by conversation. */
export const exportConversations: Run = exportOf('conversations');

function exportOf(what: 'stats' | 'conversations'): Run {
  return async (exchange, { gateway, settings, requestId }) => {
    const { views } = gateway;
    const query = new Query(exchange.query, ['format', 'bom', ...FILTER_NAMES]);
    const format = exportFormatOf(query.text('format') ?? 'csv');
    const pieces = views.export(what, { ...query.filter(), format, bom: query.truth('bom') });
    const day = new Date(settings.clock.now()).toISOString().slice(0, 10);
    const headers = {
      'content-type': TYPES[format],
      'content-disposition': `attachment; filename="nexus-${what}-${day}.${format}"`,
      'x-request-id': requestId,
      ...PRIVATE_HEADERS,
    };
    await streamItems(exchange, headers, pieces, PIECES, settings);
  };
}
