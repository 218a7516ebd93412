import { eventsOf, tagOf, WHOLE_ANSWER } from './wire.ts';

/** Pieces of text in a canned stream. */
export const CANNED_PIECES = 400;
/** Events in it besides: the opening, the final and the usage chunk. `[DONE]` is no chunk. */
export const CANNED_CHUNKS: number = CANNED_PIECES + 3;
/** Bytes that come with one read, as a busy provider's do. */
const READ_BYTES = 4096;

const WHOLE = Buffer.from(WHOLE_ANSWER);

/** The bytes of a streamed answer as they come from reading, cut anywhere. */
export const CANNED_READS: readonly Uint8Array[] = cut(Buffer.from(eventsOf(tagOf(0), CANNED_PIECES, true).join('')));

function cut(bytes: Uint8Array): Uint8Array[] {
  const reads: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += READ_BYTES) reads.push(bytes.slice(at, at + READ_BYTES));
  return reads;
}

/** A `fetch` that answers whole, from memory. */
export function fetchWhole(): Promise<Response> {
  return Promise.resolve(new Response(WHOLE, { headers: { 'content-type': 'application/json' } }));
}

/** A `fetch` that answers with a stream, from memory. */
export function fetchStream(): Promise<Response> {
  let place = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const read = CANNED_READS[place++];
      if (read) controller.enqueue(read);
      else controller.close();
    },
  });
  return Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));
}
