import type { Admission } from '../door.ts';
import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';
import { bodyBytesOf, credentialsOf } from './request-head.ts';
import { packingOf, type Unpack, unpacked } from './unpack.ts';

/**
 * The body of a request: its bytes, unpacked but not parsed, or what a body parser before us made of it. `form`: it may
 * be a multipart form as well as JSON.
 * @throws NexusError, or rejects with one, `media_type_unsupported`, `body_too_large`, `request_invalid`, `cancelled`,
 * `overloaded`.
 */
export function readBody(
  exchange: Exchange,
  limitBytes: number,
  takes: 'json' | 'form' = 'json',
  admission?: Pick<Admission, 'holds'>,
): object | Promise<Uint8Array | object> {
  const { parsedBody } = exchange;
  if (parsedBody !== undefined) return asBody(parsedBody);
  checkMediaType(exchange, takes);
  if (bodyBytesOf(exchange) > limitBytes) throw tooLarge(limitBytes);
  const packing = packingOf(exchange);
  const body = exchange.body(limitBytes, admission?.holds);
  return packing === undefined ? body : unpackedBody(body, packing, exchange, limitBytes, admission);
}

async function unpackedBody(
  body: Promise<Uint8Array>,
  packing: Unpack,
  exchange: Exchange,
  limitBytes: number,
  admission: Pick<Admission, 'holds'> | undefined,
): Promise<Uint8Array> {
  const bytes = await body;
  const whole = await unpacked(bytes, packing, limitBytes, exchange.leaving.signal);
  if (!whole) throw tooLarge(limitBytes);
  admission?.holds(bytes.length + whole.length);
  return whole;
}

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;
const FORM_TYPE = /^multipart\/form-data\s*;/i;

/**
 * JSON only, or a form where the path takes one. Without a type the body is taken for JSON, but not from a web page: a
 * browser sends such a request, as it sends `text/plain`, to any origin without asking first. Forms it sends so, too,
 * unless they come with a key: so a page has to show one, also where nobody else needs it.
 */
function checkMediaType(exchange: Exchange, takes: 'json' | 'form'): void {
  const type = exchange.header('content-type')?.trim();
  if (type === undefined && exchange.header('origin') === undefined) return;
  if (type !== undefined && JSON_TYPE.test(type)) return;
  if (takes === 'json') {
    const mend = 'Send it with the header "Content-Type: application/json".';
    throw new NexusError('media_type_unsupported', `The body must be JSON. ${mend}`);
  }
  if (type !== undefined && FORM_TYPE.test(type)) {
    const { key, signedBy } = credentialsOf(exchange);
    if (exchange.header('origin') === undefined || (key ?? signedBy) !== undefined) return;
    throw new NexusError('unauthenticated', 'A form that a web page sends must come with a key.');
  }
  throw new NexusError('media_type_unsupported', 'The body must be a form (multipart/form-data) or JSON.');
}

function asBody(parsed: unknown): Uint8Array | object {
  if (typeof parsed === 'object' && parsed !== null) return parsed;
  if (typeof parsed === 'string') return Buffer.from(parsed);
  throw new NexusError('request_invalid', 'The request body must be a JSON object.');
}

/** A body that something before the hub has read and kept to itself. */
export function alreadyRead(): NexusError {
  const mend = 'Mount the hub before it, or have it leave the body on the request as body parsers do.';
  return new NexusError('request_invalid', `The body was already read by something before the hub. ${mend}`);
}

/** A body over the limit. */
export function tooLarge(limitBytes: number): NexusError {
  return new NexusError('body_too_large', `The request body is larger than the ${limitBytes} bytes taken here.`);
}
