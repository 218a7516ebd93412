import { isUtf8 } from 'node:buffer';
import { NexusError } from '../errors.ts';
import type { Wrong } from './check-request.ts';
import { wrongInChatRequest, wrongInEmbeddingRequest, wrongInNames } from './check-request.ts';
import { isJsonObject } from './json.ts';
import { placeOfJsonError } from './json-error.ts';
import { isTooDeep, MAX_DEPTH } from './nesting.ts';
import { parseBytes } from './parse-bytes.ts';
import { asBuffer, textOf } from './text-of.ts';
import type { ChatRequest, EmbeddingRequest, JsonObject } from './types.ts';
import { withWireText } from './wire-text.ts';

/** A longer text is not searched for its mistake: that takes as long as parsing it, once more. */
const MAX_SEARCHED_LENGTH = 1_000_000;

/**
 * Reads the body of a chat request and checks what can be wrong for every provider; unknown members pass. The result is
 * the parsed object itself (the very object that was handed in, if one was); from bytes or text it carries that text,
 * to be forwarded as it came.
 * @throws NexusError `request_invalid`, `details.param` naming the member. Its message never quotes the body.
 */
export function parseChatRequest(input: Uint8Array | string | object): ChatRequest {
  const body = bodyOf(input, 'model and messages');
  assertRight<ChatRequest>(body, wrongInChatRequest);
  return body;
}

/** Reads the body of an embeddings request; see `parseChatRequest`. */
export function parseEmbeddingRequest(input: Uint8Array | string | object): EmbeddingRequest {
  const body = bodyOf(input, 'model and input');
  assertRight<EmbeddingRequest>(body, wrongInEmbeddingRequest);
  return body;
}

/**
 * Reads a JSON body of any operation, as `parseChatRequest` does, but checks only what would let another model in.
 * `needed` names the members it must have, for the words of an error.
 */
export function jsonBodyOf(input: Uint8Array | string | object, needed: string): JsonObject {
  const body = bodyOf(input, needed);
  assertRight<object>(body, () => undefined);
  return body;
}

function assertRight<T extends object>(
  body: JsonObject,
  wrongIn: (body: JsonObject) => Wrong | undefined,
): asserts body is JsonObject & T {
  const wrong = wrongInNames(body) ?? wrongIn(body);
  if (wrong) throw new NexusError('request_invalid', `${wrong.param} ${wrong.rule}`, { param: wrong.param });
}

function bodyOf(input: Uint8Array | string | object, needed: string): JsonObject {
  const text = typeof input === 'string' || input instanceof Uint8Array ? withoutMark(input) : undefined;
  const body = text === undefined ? input : parsed(text, needed);
  if (!isJsonObject(body)) throw invalid(`The request body must be a JSON object with ${needed}.`);
  if (isTooDeep(body)) throw invalid(`The request body is nested deeper than ${MAX_DEPTH} levels.`);
  return text === undefined ? body : withWireText(body, text);
}

/** A byte order mark is no part of JSON, and providers refuse it. */
function withoutMark(input: Uint8Array | string): Uint8Array | string {
  if (typeof input === 'string') return input.startsWith('\uFEFF') ? input.slice(1) : input;
  return input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf ? input.subarray(3) : input;
}

function parsed(input: Uint8Array | string, needed: string): unknown {
  if (typeof input !== 'string') {
    if (!isUtf8(asBuffer(input))) throw invalid('The request body is not valid UTF-8.');
    const value = parseBytes(input);
    if (value !== undefined) return value;
  }
  const text = typeof input === 'string' ? input : textOf(input);
  try {
    return JSON.parse(text);
  } catch {
    // The engine's message quotes the text: it does not even go along as the cause.
    if (text.trim() === '') throw invalid(`The request body is empty; send a JSON object with ${needed}.`);
    throw invalid(`The request body is not valid JSON${placed(text)}.`);
  }
}

function placed(text: string): string {
  const place = text.length > MAX_SEARCHED_LENGTH ? undefined : placeOfJsonError(text);
  return place ? `: see line ${place.line}, column ${place.column}` : '';
}

function invalid(message: string): NexusError {
  return new NexusError('request_invalid', message);
}
