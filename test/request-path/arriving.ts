import type { AnswerStream, NexusHub } from 'nexusai-hub';
import type { ChatChunk, ChunkStream, Provider } from 'nexusai-hub/ports';
import { readChunks } from 'nexusai-hub/provider-kit';
import { basicsOf } from '../../src/in-process.ts';
import { ArrivingBody } from '../../src/provider-kit/arriving-body.ts';
import { STREAM } from './harness.ts';

/** An event with a piece of an answer: the JSON of its delta and of its finish reason. */
export const piece = (delta: string, finish = 'null'): string =>
  `data: {"id":"a","created":1,"model":"m","object":"chat.completion.chunk","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;

/** The event an answer begins with. */
export const BEGUN: string = piece('{"role":"assistant","content":"Well:"}');

/** A body that a test pushes in. */
export function arrivingBody(): ArrivingBody {
  return new ArrivingBody({ pause() {}, resume() {}, close() {} });
}

/** A provider whose answer arrives as the test has it. `wrap`: what it makes of its stream. */
export function arriving(
  body: ArrivingBody,
  wrap: (stream: ChunkStream) => ChunkStream = (stream) => stream,
): Provider {
  return {
    kind: 'test',
    open(_request, context): Promise<ChunkStream> {
      return Promise.resolve(wrap(readChunks({ status: 200, headers: {}, body }, { model: 'm' }, context)));
    },
  };
}

/** Asks for a stream, as what brings requests to a hub does. */
export async function streamOf(hub: NexusHub): Promise<AnswerStream<ChatChunk>> {
  const answer = await hub.open({ operation: 'chat', request: STREAM, ...basicsOf({}) });
  if (answer.kind !== 'stream') throw new Error('It is no stream.');
  return answer.stream;
}
