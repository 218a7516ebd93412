import type { UpstreamEvent } from './dialect.ts';

/** Events as they stand on the wire: lines that end with LF, one blank behind the colon. */
export function framed(events: readonly UpstreamEvent[]): string {
  return events.map((event) => `${linesOf(event, [event.data]).join('\n')}\n\n`).join('');
}

function linesOf({ event }: UpstreamEvent, data: readonly string[]): string[] {
  return [...(event === undefined ? [] : [`event: ${event}`]), ...data.map((line) => `data: ${line}`)];
}

/** JSON on several lines, which are one text again for who joins them with line breaks. */
function inLines(data: string): string[] {
  try {
    return JSON.stringify(JSON.parse(data), null, 1).split('\n');
  } catch {
    return [data]; // An end mark.
  }
}

/** Other ways to frame the same events, by their ids (providers.md section 1.1). */
export const FRAMINGS: Readonly<Record<string, readonly [name: string, (events: readonly UpstreamEvent[]) => string]>> =
  {
    crlf: ['lines that end with CRLF', (events) => framed(events).replaceAll('\n', '\r\n')],
    cr: ['lines that end with CR', (events) => framed(events).replaceAll('\n', '\r')],
    'no-blank': ['no blank behind the colon', (events) => framed(events).replace(/^(data|event): /gm, '$1:')],
    comments: [
      'comments between and before events',
      (events) => `: first\n\n${events.map((event) => `: keep-alive\n\n:\n${framed([event])}`).join('')}`,
    ],
    fields: [
      'id, retry and unknown fields',
      (events) =>
        events.map((event, place) => `id: ${place}\nretry: 1\nnote: x\nno colon\n${framed([event])}`).join(''),
    ],
    'blank-lines': [
      'blank lines between events',
      (events) => `\n\n${events.map((one) => `${framed([one])}\n\n`).join('')}`,
    ],
    bom: ['a byte order mark at the start', (events) => `\uFEFF${framed(events)}`],
    'multi-line': [
      'data on several lines',
      (events) => events.map((event) => `${linesOf(event, inLines(event.data)).join('\n')}\n\n`).join(''),
    ],
    unterminated: ['a last event without a line end', (events) => framed(events).trimEnd()],
  };
