import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import { Places } from './places.ts';

/** How a packed body is unpacked. */
export type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * A few bytes may become as many as the limit of bodies allows, and Node unpacks on four threads that it also reads
 * files and asks name servers with. So this many of all bodies in this process are unpacked at once; the others wait.
 */
const places = new Places(2);

/** True for bodies that have to be unpacked: cheap to send, dear to read. */
function isPacked(exchange: Exchange): boolean {
  const encoding = encodingOf(exchange);
  return encoding !== 'identity' && encoding !== '';
}

/**
 * How the body of a request is packed; `undefined` where it is not.
 * @throws NexusError `media_type_unsupported`
 */
export function packingOf(exchange: Exchange): Unpack | undefined {
  if (!isPacked(exchange)) return undefined;
  const unpack = UNPACK.get(encodingOf(exchange));
  if (unpack) return unpack;
  const known = [...UNPACK.keys()].join(', ');
  throw new NexusError('media_type_unsupported', `The body's content-encoding is unknown here. Known: ${known}.`);
}

/**
 * Unpacks a body as soon as there is a place; `undefined` when it becomes larger than the limit.
 * @throws NexusError `request_invalid`, `cancelled` when the client left while its body waited.
 */
export async function unpacked(
  bytes: Uint8Array,
  unpack: Unpack,
  limitBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  await places.take(signal);
  try {
    return await unpack(bytes, { maxOutputLength: limitBytes });
  } catch (cause) {
    if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw new NexusError('request_invalid', 'The body cannot be unpacked: it is not what its content-encoding says.');
  } finally {
    places.giveBack();
  }
}

function encodingOf(exchange: Exchange): string {
  return exchange.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
}
