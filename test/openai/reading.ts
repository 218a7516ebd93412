import { readFileSync } from 'node:fs';
import type { ServerEvent } from '../../src/openai/read-stream.ts';
import { EventReader } from '../../src/openai/read-stream.ts';

/** Bytes of a shared fixture, as they stand in its file. */
export function fixtureBytes(file: string): Buffer {
  return readFileSync(new URL(`../../../shared/fixtures/${file}`, import.meta.url));
}

/** All events of a stream that is read in these pieces. */
export function eventsOf(pieces: Iterable<Uint8Array>, options?: { maxFrameBytes?: number }): ServerEvent[] {
  const reader = new EventReader(options);
  const events: ServerEvent[] = [];
  for (const piece of pieces) events.push(...reader.push(piece));
  events.push(...reader.end());
  return events;
}

/** Pieces of a fixed size; each is a copy, so that a reader that keeps memory of others is found out. */
export function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    const piece = Uint8Array.from(bytes.subarray(at, at + size));
    yield piece;
    piece.fill(0x7b);
  }
}

/** The bytes cut in two, at every place in turn. */
export function* cutsOf(bytes: Uint8Array): Generator<[Uint8Array, Uint8Array]> {
  for (let at = 0; at <= bytes.length; at++) yield [bytes.subarray(0, at), bytes.subarray(at)];
}
