import { Collector } from '../openai/collect.ts';
import type { ChatChunk, JsonObject } from '../openai/types.ts';
import { ChunkRepair } from './chunk-repair.ts';

/**
 * A whole answer out of the chunks it could have come in, for dialects whose whole answers say what their streams say:
 * read by the same translation, the two cannot differ (K2). Without any choice it is empty, which `completionOf` refuses.
 * @throws NexusError when a finish reason reports a failure.
 */
export function collectChunks(chunks: readonly JsonObject[]): JsonObject {
  // What the answer does not say is filled in by `completionOf`.
  const repair = new ChunkRepair({ model: '', created: 0 });
  const normal: ChatChunk[] = [];
  for (const chunk of chunks) repair.add(chunk, undefined, normal);
  if (!repair.hasBegun) return {};
  repair.finish(normal);
  const collector = new Collector();
  for (const chunk of normal) collector.add(chunk);
  return { ...collector.completion() };
}
