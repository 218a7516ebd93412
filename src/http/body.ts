import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

type Unpack = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>;

const UNPACK: ReadonlyMap<string, Unpack> = new Map<string, Unpack>([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

/**
 * The JSON body of a request: its bytes, unpacked but not parsed, or what a body parser before us made of it.
 * @throws NexusError `media_type_unsupported`, `body_too_large`, `request_invalid`, `cancelled`.
 */
export async function readBody(exchange: Exchange, limitBytes: number): Promise<Uint8Array | object> {
  const { parsedBody } = exchange;
  if (parsedBody !== undefined) return asBody(parsedBody);
  const unpack = checkHead(exchange, limitBytes);
  const bytes = await exchange.body(limitBytes);
  return unpack ? unpacked(bytes, unpack, limitBytes) : bytes;
}

/** Refuses by the head what need not be read, and finds how the body is packed. */
function checkHead(exchange: Exchange, limitBytes: number): Unpack | undefined {
  checkMediaType(exchange);
  if (Number(exchange.header('content-length') ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const encoding = exchange.header('content-encoding')?.trim().toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return undefined;
  const unpack = UNPACK.get(encoding);
  if (unpack) return unpack;
  const known = [...UNPACK.keys()].join(', ');
  throw new NexusError('media_type_unsupported', `The body's content-encoding is unknown here. Known: ${known}.`);
}

/**
 * JSON only. Without a type the body is taken for JSON, but not from a web page: a browser sends such a request, as it
 * sends `text/plain`, to any origin without asking first.
 */
function checkMediaType(exchange: Exchange): void {
  const type = exchange.header('content-type');
  if (type === undefined && exchange.header('origin') === undefined) return;
  if (type !== undefined && /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(type.trim())) return;
  throw new NexusError(
    'media_type_unsupported',
    'The body must be JSON. Send it with the header "Content-Type: application/json".',
  );
}

async function unpacked(bytes: Uint8Array, unpack: Unpack, limitBytes: number): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: limitBytes });
  } catch (cause) {
    if (cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(limitBytes);
    throw new NexusError('request_invalid', 'The body cannot be unpacked: it is not what its content-encoding says.');
  }
}

function asBody(parsed: unknown): Uint8Array | object {
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  if (typeof parsed === 'string') return Buffer.from(parsed);
  throw new NexusError('request_invalid', 'The request body must be a JSON object.');
}

/** A body over the limit. */
export function tooLarge(limitBytes: number): NexusError {
  return new NexusError('body_too_large', `The request body is larger than the ${limitBytes} bytes taken here.`);
}
