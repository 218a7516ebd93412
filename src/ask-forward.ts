import { letGo } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import type { ForwardCall } from './call.ts';
import { NexusError } from './errors.ts';
import { bodyNaming } from './openai/forward-request.ts';
import { isJsonObject } from './openai/json.ts';
import { factsFrom, PieceReader } from './piece-reader.ts';
import type {
  ForwardAnswer,
  ForwardFacts,
  ForwardPiece,
  ForwardRequest,
  ProviderContext,
  Target,
} from './ports/index.ts';

/** An answer to be passed on: whole, or a stream whose first pieces are in hand. */
export type PassedOn =
  | {
      readonly kind: 'bytes';
      readonly contentType: string;
      readonly bytes: Uint8Array;
      readonly facts: ForwardFacts;
    }
  | {
      readonly kind: 'pieces';
      readonly contentType: string;
      readonly reader: PieceReader;
      readonly begun: readonly ForwardPiece[];
    };

/** Passes a request on to one target. Resolves when the answer is whole or has begun. */
export async function askForward(attempt: Attempt, { operation, request }: ForwardCall): Promise<PassedOn> {
  const { model } = attempt.target;
  const asked: ForwardRequest = { operation, model, stream: request.stream, ...bodyNaming(request, model) };
  const given = await attempt.until(forward(attempt.target, asked, attempt.context()), letGoOf);
  const { contentType, body, facts } = answerIn(given);
  if (body instanceof Uint8Array) return { kind: 'bytes', contentType, bytes: body, facts: factsFrom(facts) };
  const reader = new PieceReader(body, attempt, facts);
  try {
    const begun = await reader.untilContent();
    attempt.hasContent();
    return { kind: 'pieces', contentType, reader, begun };
  } catch (cause) {
    reader.release();
    throw cause;
  }
}

/** Of its own, so that no closure keeps the request when an error keeps its stack; see `ask.ts`. */
async function forward(
  { provider, providerId }: Target,
  request: ForwardRequest,
  context: ProviderContext,
): Promise<ForwardAnswer> {
  if (provider.forward) return provider.forward(request, context);
  throw new NexusError('operation_unsupported', `The provider "${providerId}" has no ${request.operation}.`);
}

/** Providers are written by anybody: what is neither bytes nor a stream is a fault of theirs. */
function answerIn(given: ForwardAnswer): ForwardAnswer {
  const value: unknown = given;
  const body = isJsonObject(value) ? value['body'] : undefined;
  if (isJsonObject(body) && (body instanceof Uint8Array || Symbol.asyncIterator in body)) return given;
  throw new NexusError('malformed_response', 'The provider gave neither bytes nor a stream.');
}

/** A stream that comes when nobody waits for it any more has to be let go. */
function letGoOf({ body }: ForwardAnswer): void {
  if (!(body instanceof Uint8Array)) letGo(body[Symbol.asyncIterator]());
}
