import type { NexusError } from '../errors.ts';
import { errorBodyOf } from '../openai/error-body.ts';
import type { ForwardOperation } from '../openai/forward-operations.ts';
import { errorEvent } from '../openai/write-stream.ts';
import type { ForwardPiece } from '../ports/index.ts';
import type { WireForm } from './sse.ts';

/** How the pieces of an answer that is passed on are written, and how it says that it broke. */
export function formOf(operation: ForwardOperation, contentType: string): WireForm<ForwardPiece> {
  if (!/^\s*text\/event-stream\b/i.test(contentType)) return BYTES;
  return operation === 'responses' ? responseEvents() : EVENTS;
}

const BYTES: WireForm<ForwardPiece> = { bytesOf: joined, end: '', error: () => undefined, takesComments: false };

/** The end mark, where there is one, came with the pieces. */
const EVENTS: WireForm<ForwardPiece> = {
  bytesOf: joined,
  end: '',
  error: (error) => errorEvent(errorBodyOf(error)),
  takesComments: true,
};

/** Events of `/v1/responses` are numbered, their error too (providers.md 3.7). */
function responseEvents(): WireForm<ForwardPiece> {
  let last: ForwardPiece = '';
  return {
    ...EVENTS,
    bytesOf(batch) {
      last = batch.at(-1) ?? last;
      return joined(batch);
    },
    error: (error) => responseError(error, numberAfter(last)),
  };
}

function responseError(error: NexusError, number: number): string {
  const { code, message, param } = errorBodyOf(error).error;
  const data = JSON.stringify({ type: 'error', sequence_number: number, code, message, param });
  return `event: error\ndata: ${data}\n\n`;
}

/** Inside a text of the answer the name would stand with its quotes escaped. */
function numberAfter(piece: ForwardPiece): number {
  const text = typeof piece === 'string' ? piece : Buffer.from(piece).toString();
  const last = [...text.matchAll(/"sequence_number"\s*:\s*(\d+)/g)].at(-1)?.[1];
  return last === undefined ? 0 : Number(last) + 1;
}

function joined(batch: readonly ForwardPiece[]): string | Uint8Array {
  const [first] = batch;
  if (batch.length === 1 && first !== undefined) return first;
  if (batch.every((piece) => typeof piece === 'string')) return batch.join('');
  return Buffer.concat(batch.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)));
}
