import type { PassedOn } from './ask-forward.ts';
import type { WholeBody } from './call.ts';
import type { Batch, ChunkReader } from './chunk-reader.ts';

/** What one target gave: a whole body, or a stream with its first content already read. */
export type Asked =
  | PassedOn
  | { readonly kind: 'whole'; readonly body: WholeBody }
  | { readonly kind: 'stream'; readonly reader: ChunkReader; readonly begun: Batch };
