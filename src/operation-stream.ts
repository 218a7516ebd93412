import type { AnswerStream } from './answer-stream.ts';
import { NexusError } from './errors.ts';
import { EventReader, type ServerEvent } from './openai/read-stream.ts';
import type { ForwardPiece } from './ports/index.ts';

/** A body that was passed on: whole, or as it comes. */
type PassedBody = Uint8Array | AnswerStream<ForwardPiece>;

/**
 * The events of an answer that is passed on: iterate it once. Leaving the loop, or `controller.abort()`, stops the
 * provider and ends the loop. A broken answer throws a `NexusError`; it never just ends.
 */
export class OperationStream<Event> implements AsyncIterable<Event> {
  /** Stops the answer when it is aborted, as in the OpenAI SDK. */
  readonly controller: AbortController = new AbortController();
  readonly #body: PassedBody;
  #isIterated = false;

  constructor(body: PassedBody) {
    this.#body = body;
    this.controller.signal.addEventListener('abort', () => {
      if (!(body instanceof Uint8Array)) body.cancel();
    });
  }

  [Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    if (this.#isIterated) {
      const mend = 'Keep its events in a list to go through them again.';
      throw new NexusError('request_invalid', `This stream was iterated before, and gives its events once. ${mend}`);
    }
    this.#isIterated = true;
    return this.#events();
  }

  async *#events(): AsyncGenerator<Event, void, undefined> {
    const reader = new EventReader();
    for await (const piece of piecesOf(this.#body)) {
      if (this.controller.signal.aborted) return;
      for (const event of reader.push(piece)) if (event.data !== '[DONE]') yield parsed<Event>(event);
    }
    for (const event of reader.end()) if (event.data !== '[DONE]') yield parsed<Event>(event);
  }
}

async function* piecesOf(body: PassedBody): AsyncGenerator<Uint8Array, void, undefined> {
  if (body instanceof Uint8Array) yield body;
  else for await (const piece of body) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

function parsed<Event>({ data }: ServerEvent): Event {
  try {
    // What it holds is between caller and provider: the type is the operation's promise.
    return JSON.parse(data) as Event;
  } catch (cause) {
    throw new NexusError('malformed_response', 'The provider sent an event that is not JSON.', {}, cause);
  }
}
