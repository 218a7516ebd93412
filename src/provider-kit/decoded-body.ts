import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { NexusError } from '../errors.ts';
import { brokenBody } from './transport-error.ts';
import { UpstreamBody } from './upstream-body.ts';

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** Encodings one over the other; more of them are an attack: each takes memory, and a head has room for thousands. */
const MAX_LAYERS = 4;

/**
 * The body without its `content-encoding`. We ask for none; some servers and the proxies before them compress anyway.
 * @throws NexusError `malformed_response` for an encoding nobody can undo; the body is cancelled then.
 */
export function decoded(body: UpstreamBody, encoding: string | undefined): UpstreamBody {
  if (encoding === undefined) return body;
  let plain = body;
  let layers = 0;
  // Several encodings are listed in the order they were applied.
  for (const name of encoding.toLowerCase().split(',').reverse()) {
    const kind = name.trim();
    if (kind === '' || kind === 'identity') continue;
    const decoder = ++layers <= MAX_LAYERS ? DECODERS.get(kind) : undefined;
    if (!decoder) {
      plain.cancel();
      throw new NexusError('malformed_response', `The provider's answer is encoded as "${kind.slice(0, 40)}".`);
    }
    plain = new DecodedBody(plain, decoder());
  }
  return plain;
}

class DecodedBody extends UpstreamBody {
  readonly #source: UpstreamBody;
  readonly #decoder: Transform;
  readonly #output: AsyncIterator<Uint8Array>;

  constructor(source: UpstreamBody, decoder: Transform) {
    super();
    this.#source = source;
    this.#decoder = decoder;
    const input = Readable.from(piecesOf(source), { objectMode: false });
    input.on('error', (error) => decoder.destroy(error));
    decoder.on('error', () => {}); // The reader is told, whenever it reads; until then nobody else listens.
    input.pipe(decoder);
    const output: AsyncIterable<Uint8Array> = decoder;
    this.#output = output[Symbol.asyncIterator]();
  }

  override async read(): Promise<Uint8Array | undefined> {
    try {
      const step = await this.#output.next();
      return step.done ? undefined : step.value;
    } catch (cause) {
      this.#source.cancel();
      throw brokenBody(cause);
    }
  }

  override take(): undefined {
    return undefined;
  }

  override cancel(): void {
    this.#source.cancel();
    this.#decoder.destroy();
  }
}

async function* piecesOf(body: UpstreamBody): AsyncGenerator<Uint8Array> {
  for (let bytes = await body.read(); bytes; bytes = await body.read()) yield bytes;
}
