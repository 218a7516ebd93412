import { z } from 'zod';
import type { Asked } from './asked.ts';
import type { Call } from './call.ts';
import { NexusError } from './errors.ts';
import { isJsonObject } from './openai/json.ts';
import type { ChatChunk, ChatCompletion } from './ports/index.ts';
import { tamed } from './tame-schema.ts';

/** What an answer is held against before it is taken. */
export interface AnswerRules {
  /**
   * A whole answer has to fit the JSON schema in `response_format`. A stream is on its way before that is known. Where
   * nobody stands behind an answer, and the owner does not refuse it, it is better than none.
   */
  readonly schema: boolean;
  /** An answer that is nothing but a filter's refusal is none. */
  readonly filter: boolean;
}

/**
 * Checks what a target gave.
 * @throws NexusError `schema_mismatch` or `content_filtered`; another model may then be asked.
 */
export function checkAnswer(asked: Asked, call: Call, { schema, filter }: AnswerRules): void {
  if (call.operation !== 'chat' || asked.kind === 'bytes' || asked.kind === 'pieces') return;
  if (filter && (asked.kind === 'stream' ? isFilteredStart(asked.begun) : isFiltered(asked.body)))
    throw new NexusError('content_filtered', "The provider's filter kept the answer back.", { param: 'messages' });
  if (schema && asked.kind === 'whole' && 'choices' in asked.body)
    checkSchema(asked.body, call.request.response_format);
}

function isFiltered(body: object): boolean {
  const { choices } = body as Partial<ChatCompletion>;
  return (
    (choices ?? []).length > 0 &&
    (choices ?? []).every(({ finish_reason: reason, message }) => {
      return reason === 'content_filter' && (message.content ?? '') === '';
    })
  );
}

/** The first content of a stream can be its end. */
function isFilteredStart(begun: readonly ChatChunk[]): boolean {
  const choices = begun.flatMap((chunk) => chunk.choices);
  return (
    choices.some(({ finish_reason: reason }) => reason === 'content_filter') &&
    choices.every(({ delta }) => (delta.content ?? '') === '' && (delta.tool_calls ?? []).length === 0)
  );
}

function checkSchema({ choices }: ChatCompletion, format: unknown): void {
  const fits = schemaOf(format);
  if (!fits) return;
  for (const { message } of choices) {
    // A refusal, or calls of tools, are answers of another kind.
    if (message.content === null) continue;
    const problem = fits(message.content);
    if (problem !== undefined)
      throw new NexusError('schema_mismatch', `The answer does not fit the schema that was asked for: ${problem}.`);
  }
}

/** What is wrong with a text, by the schema; `undefined` when no schema was asked for, or one nobody can read. */
function schemaOf(format: unknown): ((text: string) => string | undefined) | undefined {
  if (!isJsonObject(format)) return undefined;
  if (format['type'] === 'json_object') return (text) => problemOf(text, z.looseObject({}));
  const wrapped = format['type'] === 'json_schema' ? format['json_schema'] : undefined;
  const schema = isJsonObject(wrapped) ? wrapped['schema'] : undefined;
  if (!isJsonObject(schema)) return undefined;
  try {
    const reader = z.fromJSONSchema(tamed(schema));
    return (text) => problemOf(text, reader);
  } catch {
    // What is not known here, or would hold up everybody: the provider has to keep to it, nobody checks that.
    return undefined;
  }
}

/** Where the text leaves the schema. Says nothing of what stood there. */
function problemOf(text: string, schema: z.ZodType): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'it is not JSON';
  }
  const issue = issueWith(value, schema);
  if (!issue) return undefined;
  const place = issue.path.length > 0 ? issue.path.map(String).join('.') : 'the whole';
  return `"${place}" is not as it should be (${issue.code})`;
}

function issueWith(value: unknown, schema: z.ZodType): z.core.$ZodIssue | undefined {
  try {
    return schema.safeParse(value).error?.issues[0];
  } catch {
    // It goes deeper than can be followed: nobody knows, and it was paid for.
    return undefined;
  }
}
