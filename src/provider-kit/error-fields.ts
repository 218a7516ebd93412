import { isJsonObject } from '../openai/json.ts';
import type { JsonObject } from '../openai/types.ts';
import { causeInDetails } from './google-details.ts';

/** What an error body says, whatever its shape. */
export interface ErrorFields {
  /** Number or text as sent; the type where there is no code. */
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly message: string;
  readonly param: string | undefined;
  /** The code of a cause inside (Azure, Google); more exact than the one outside. */
  readonly inner: string | undefined;
  /** The object the fields were found in. */
  readonly source: unknown;
}

/**
 * Reads an error body: OpenAI's `{error: {…}}`, a list around it (Gemini), a text for `error` (Ollama, xAI, OAuth), flat
 * objects (vLLM, DashScope, Baidu, Azure's front) and FastAPI's `{detail}`. `undefined`: it is not an error.
 */
export function errorFields(body: unknown): ErrorFields | undefined {
  if (Array.isArray(body)) return body.length === 1 ? errorFields(body[0]) : undefined;
  if (!isJsonObject(body)) return undefined;
  const error = body['error'];
  if (isJsonObject(error)) return fieldsOf(error, undefined);
  if (typeof error === 'string' && error !== '') return oauthFields(body, error) ?? fieldsOf(body, error);
  if ('choices' in body && body['choices'] !== null) return undefined;
  if (body['detail'] !== undefined) return fieldsOf(body, wordsOfDetail(body['detail']));
  return isFlat(body) && !saysFine(body) ? fieldsOf(body, undefined) : undefined;
}

/** OAuth (RFC 6749, section 5.2): `error` is the code, the words stand beside it. */
function oauthFields(body: JsonObject, error: string): ErrorFields | undefined {
  const words = textOf(body['error_description']);
  return words === undefined ? undefined : { ...fieldsOf(body, words), code: error };
}

/** Baidu's `error_code` needs no words; and words beside a `result` are no error. */
function isFlat(body: JsonObject): boolean {
  if (textOf(body['error_code']) !== undefined) return true;
  return typeof body['result'] !== 'string' && FLAT_MESSAGES.some((name) => typeof body[name] === 'string');
}

const FLAT_MESSAGES = ['message', 'msg', 'error_msg'];

/** Some servers put `code: 0, msg: 'success'` on what is no error. */
function saysFine(body: JsonObject): boolean {
  const code = body['error_code'] ?? body['code'];
  return code === 0 || code === '0';
}

function fieldsOf(source: JsonObject, text: string | undefined): ErrorFields {
  const type = textOf(source['type']);
  const code = textOf(source['code']) ?? textOf(source['error_code']) ?? textOf(source['statusCode']);
  const message = text ?? FLAT_MESSAGES.map((name) => textOf(source[name])).find((found) => found !== undefined) ?? '';
  // The wire has the first name, the specification the second.
  const cause = source['innererror'] ?? source['inner_error'];
  const inner = isJsonObject(cause) ? textOf(cause['code']) : causeInDetails(source['details']);
  return { code: code ?? type, type, message, param: textOf(source['param']), inner, source };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** FastAPI: a text, or a list of `{loc, msg}`. */
function wordsOfDetail(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  if (!Array.isArray(detail)) return '';
  return (detail as unknown[])
    .map((entry) => {
      if (!isJsonObject(entry)) return '';
      const where = Array.isArray(entry['loc']) ? entry['loc'].join('.') : '';
      const what = textOf(entry['msg']) ?? '';
      return where === '' ? what : `${where}: ${what}`;
    })
    .filter((line) => line !== '')
    .join('; ');
}
