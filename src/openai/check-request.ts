import type { z } from 'zod';
import { isJsonObject } from './json.ts';
import {
  CHAT_REQUEST,
  EMBEDDING_REQUEST,
  FUNCTION_TOOL,
  MAX_MODEL_LENGTH,
  MESSAGES,
  PART,
  PARTS,
  TOOL,
  TOOL_CALL,
} from './schemas.ts';
import type { JsonObject } from './types.ts';

/** The first thing that is wrong in a request. */
export interface Wrong {
  /** Path of the member: `messages[0].content`. */
  readonly param: string;
  /** What it must be, and what it is instead; never its text. */
  readonly rule: string;
}

/**
 * Servers written in Go match member names whatever their case: to such a server a second `Model` would name another
 * model than the one the caller was allowed to use.
 */
export function wrongInNames(body: JsonObject): Wrong | undefined {
  for (const name in body)
    if (name.length === MODEL.length && name !== MODEL && name.toLowerCase() === MODEL)
      return { param: name, rule: 'is not a member of requests; write it as "model".' };
  return undefined;
}

const MODEL = 'model';

/** What is wrong in a chat request, if anything is. */
export function wrongInChatRequest(body: JsonObject): Wrong | undefined {
  return atTop(
    (hasPlainMembers(body) ? undefined : wrongBy(CHAT_REQUEST, body)) ??
      wrongInList('.messages', body['messages'], wrongInMessage) ??
      wrongInList('.tools', body['tools'], wrongInTool) ??
      wrongInList('.stop', body['stop'], wrongInString) ??
      wrongInList('.modalities', body['modalities'], wrongInString),
  );
}

/** Members that most requests have, with what is right in them as `CHAT_REQUEST` has it. */
const PLAIN_MEMBERS: ReadonlyMap<string, (value: unknown) => boolean> = new Map<string, (value: unknown) => boolean>([
  ['model', (value) => typeof value === 'string' && value !== '' && value.length <= MAX_MODEL_LENGTH],
  ['messages', (value) => Array.isArray(value) && value.length > 0],
  ['stream', (value) => typeof value === 'boolean'],
  ['stream_options', isJsonObject],
  ['temperature', (value) => Number.isFinite(value) && Number(value) >= 0],
  ['max_tokens', Number.isSafeInteger],
  ['max_completion_tokens', Number.isSafeInteger],
  ['tools', Array.isArray],
]);

/** True where it has nothing but those, rightly. To look at them by hand takes a tenth of what the schema does. */
function hasPlainMembers(body: JsonObject): boolean {
  for (const name in body) if (PLAIN_MEMBERS.get(name)?.(body[name]) !== true) return false;
  return Object.hasOwn(body, MODEL) && Object.hasOwn(body, 'messages');
}

/** What is wrong in an embeddings request, if anything is. */
export function wrongInEmbeddingRequest(body: JsonObject): Wrong | undefined {
  return atTop(wrongBy(EMBEDDING_REQUEST, body) ?? wrongInInput(body['input']));
}

function wrongInInput(input: unknown): Wrong | undefined {
  if (!Array.isArray(input)) return undefined;
  if (input.length === 0) return mustBe('must not be empty', input, '.input');
  const first: unknown = input[0];
  if (typeof first === 'string') return wrongInList('.input', input, wrongInString);
  return wrongInList('.input', input, typeof first === 'number' ? wrongInToken : wrongInTokens);
}

const ROLES = [...MESSAGES.keys()].join(', ');

function wrongInMessage(message: unknown): Wrong | undefined {
  if (!isJsonObject(message)) return mustBe('must be an object', message);
  if (isPlain(message)) return undefined;
  const { role } = message;
  const schema = typeof role === 'string' ? MESSAGES.get(role) : undefined;
  if (!schema) return mustBe(`must be one of ${ROLES}`, role, '.role');
  return (
    wrongBy(schema, message) ??
    wrongInList('.content', message['content'], wrongInPart) ??
    (role === 'assistant' ? wrongInList('.tool_calls', message['tool_calls'], wrongInCall) : undefined)
  );
}

/** Most messages are a role and a text alone: with those nothing can be wrong. */
function isPlain(message: JsonObject): boolean {
  for (const name in message) if (name !== 'role' && name !== 'content') return false;
  const { role, content } = message;
  return typeof content === 'string' && (role === 'user' || role === 'assistant' || role === 'system');
}

function wrongInPart(part: unknown): Wrong | undefined {
  const schema = isJsonObject(part) && typeof part['type'] === 'string' ? PARTS.get(part['type']) : undefined;
  return wrongBy(PART, part) ?? (schema && wrongBy(schema, part));
}

function wrongInTool(tool: unknown): Wrong | undefined {
  const isFunction = isJsonObject(tool) && tool['type'] === 'function';
  return wrongBy(TOOL, tool) ?? (isFunction ? wrongBy(FUNCTION_TOOL, tool) : undefined);
}

function wrongInCall(call: unknown): Wrong | undefined {
  return wrongBy(TOOL_CALL, call);
}

function wrongInString(item: unknown): Wrong | undefined {
  return typeof item === 'string' ? undefined : mustBe('must be a string', item);
}

function wrongInToken(item: unknown): Wrong | undefined {
  return Number.isInteger(item) ? undefined : mustBe('must be a token number', item);
}

function wrongInTokens(item: unknown): Wrong | undefined {
  if (!Array.isArray(item)) return mustBe('must be a string or a list of token numbers', item);
  return wrongInList('', item, wrongInToken);
}

/** The first item that is wrong; what is no list has none. */
function wrongInList(path: string, list: unknown, wrongIn: (item: unknown) => Wrong | undefined): Wrong | undefined {
  if (!Array.isArray(list)) return undefined;
  for (let place = 0; place < list.length; place++) {
    const wrong = wrongIn(list[place]);
    if (wrong) return { param: `${path}[${place}]${wrong.param}`, rule: wrong.rule };
  }
  return undefined;
}

function wrongBy(schema: z.ZodType, value: unknown): Wrong | undefined {
  const issue = schema.safeParse(value).error?.issues[0];
  if (!issue) return undefined;
  let path = '';
  let got = value;
  for (const step of issue.path) {
    const name = String(step);
    path += `.${name}`;
    got = isJsonObject(got) ? got[name] : undefined;
  }
  return mustBe(issue.message, got, path);
}

/** Paths begin with what joins them to the object around them. */
function atTop(wrong: Wrong | undefined): Wrong | undefined {
  return wrong && { param: wrong.param.slice(1), rule: wrong.rule };
}

function mustBe(rule: string, got: unknown, path: string = ''): Wrong {
  return { param: path, rule: `${rule}, got ${kindOf(got)}` };
}

/** What a value is, in words that tell nothing of a text. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return value === null || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `a ${typeof value}`;
}
