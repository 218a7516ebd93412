import { NexusError } from '../errors.ts';
import { parseBytes } from '../openai/parse-bytes.ts';
import { textOf } from '../openai/text-of.ts';
import type { ErrorCodes } from './dialect.ts';
import { errorFields } from './error-fields.ts';
import type { UpstreamResponse } from './exchange.ts';
import { providerError } from './provider-error.ts';
import type { Secret } from './secret.ts';
import { excerptOf, wordsOf } from './words-of.ts';

/** What reading an answer needs to know. */
export interface ReadContext {
  /** Our key, to be masked in what a provider says about it. */
  readonly key?: Secret | undefined;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Largest answer that is accepted. @default 64 MiB */
  readonly maxAnswerBytes?: number | undefined;
  /** What the provider's own error codes mean. */
  readonly errorCodes?: ErrorCodes | undefined;
}

/** A parsed body and its bytes, without what stood before the JSON. */
export interface JsonBody {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

/** Largest whole answer that is accepted when nothing else is said: 64 MiB. */
export const DEFAULT_MAX_ANSWER_BYTES: number = 64 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;

/**
 * The JSON of a good answer. Its content type does not matter: some servers get it wrong.
 * @throws NexusError for any status but 2xx (see `providerError`), for an error inside a 200, and `malformed_response`
 * for what is not JSON.
 */
export async function readJson(response: UpstreamResponse, context: ReadContext): Promise<JsonBody> {
  if (!isGood(response.status)) return throwFailed(response, context);
  return jsonIn(await response.body.bytes(context.maxAnswerBytes ?? DEFAULT_MAX_ANSWER_BYTES), response, context);
}

/**
 * The JSON in the bytes of a good answer.
 * @throws NexusError for an error inside it, and `malformed_response` for what is not JSON.
 */
export function jsonIn(body: Uint8Array, response: UpstreamResponse, context: ReadContext): JsonBody {
  const bytes = withoutBlankStart(body);
  const value = parseBytes(bytes) ?? parsed(textOf(bytes), context.key);
  if (!errorFields(value)) return { value, bytes };
  throw providerError({ ...response, ...context, body: value });
}

/** Whether a status promises an answer. Asked first on the hot path, which then waits for nothing. */
export function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Reads an answer that is an error, up to a limit, and throws it.
 * @throws NexusError as `providerError` has it; `malformed_response` for a redirect, which is never followed.
 */
export async function throwIfFailed(response: UpstreamResponse, context: ReadContext): Promise<void> {
  if (!isGood(response.status)) await throwFailed(response, context);
}

/** The same for one whose status was looked at. */
export async function throwFailed(response: UpstreamResponse, context: ReadContext): Promise<never> {
  const { status, headers, body } = response;
  if (status < 400) {
    body.cancel();
    const details = { providerStatus: status };
    throw new NexusError('malformed_response', `The provider redirects (${status}); check the base URL.`, details);
  }
  const text = await body.excerpt(MAX_ERROR_BYTES);
  throw providerError({ status, headers, body: errorBodyOf(text), ...context });
}

/** JSON whatever the content type says; else the words of the text. */
function errorBodyOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return wordsOf(text);
  }
}

function parsed(text: string, key: Secret | undefined): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    const kind = text === '' ? 'nothing' : text.startsWith('<') ? 'HTML' : 'something that is not JSON';
    const details = { providerStatus: 200, ...excerptOf(text, key) };
    // The parser's own message quotes the text, unmasked: it is no cause to keep.
    throw new NexusError('malformed_response', `The provider answered with ${kind}.`, details);
  }
}

const SPACE = 0x20;
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** DeepSeek sends blank lines while a request waits in its queue; a mark may stand before or behind them. */
function withoutBlankStart(bytes: Uint8Array): Uint8Array {
  let start = markEnd(bytes, 0);
  while (start < bytes.length && (bytes[start] ?? 0) <= SPACE) start++;
  start = markEnd(bytes, start);
  return start === 0 ? bytes : bytes.subarray(start);
}

/** Place after the byte order mark that stands here, if one does. */
function markEnd(bytes: Uint8Array, start: number): number {
  if (bytes[start] !== BYTE_ORDER_MARK[0]) return start;
  return BYTE_ORDER_MARK.every((byte, place) => bytes[start + place] === byte) ? start + BYTE_ORDER_MARK.length : start;
}
