import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { WholeBody } from './call.ts';
import { isJsonObject } from './openai/json.ts';
import { changeMembers, jsonBytesOf } from './openai/splice.ts';
import { withWireText } from './openai/wire-text.ts';
import type { CachedFrom, EmbeddingResponse, JsonObject, Usage } from './ports/index.ts';
import { completionOf } from './provider-kit/read-completion.ts';

/** An answer that is kept: what it said, and all that is to be known of it without its maker. */
export interface KeptAnswer {
  /** When it was made, in Unix milliseconds. */
  readonly atMs: number;
  /** Who made it, and what it had cost. */
  readonly from: CachedFrom;
  /** What it had used. Absent: nobody measured that. */
  readonly usage: Usage | undefined;
  readonly body: WholeBody;
}

const count = z.number().min(0);

/** The first line of the text; the body follows on the second, as its provider wrote it. */
const head = z.object({
  v: z.literal(1),
  at: z.number(),
  from: z.object({
    providerId: z.string(),
    providerKind: z.string(),
    model: z.string(),
    savedNanoUsd: count.nullable(),
  }),
  usage: z
    .looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count })
    .transform((usage): Usage => usage)
    .optional(),
});

/** An answer as a cache keeps it. */
export function keptText({ atMs, from, usage, body }: KeptAnswer): string {
  const bytes = jsonBytesOf(body);
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString();
  return `${JSON.stringify({ v: 1, at: atMs, from, usage })}\n${text}`;
}

/**
 * The answer a text holds; `undefined` for one that is cut, damaged, or written by another version. Whatever a cache gives
 * back is read as if it came from a stranger.
 */
export function keptAnswerIn(text: string, operation: 'chat' | 'embeddings'): KeptAnswer | undefined {
  const end = text.indexOf('\n');
  const facts = head.safeParse(parsed(text.slice(0, Math.max(0, end)))).data;
  const json = text.slice(end + 1);
  const raw = parsed(json);
  if (!facts || !isJsonObject(raw)) return undefined;
  const body = operation === 'chat' ? chatIn(raw, json) : embeddingsIn(raw, json);
  return body && { atMs: facts.at, from: facts.from, usage: facts.usage, body };
}

/** What is kept, as an answer of its own: nobody is to take two answers for one. */
export function asNewAnswer(body: WholeBody, nowMs: number): WholeBody {
  if (body.object === 'list') return body;
  return changeMembers(body, { id: `chatcmpl-${randomUUID()}`, created: Math.floor(nowMs / 1000) });
}

function chatIn(raw: JsonObject, json: string): WholeBody | undefined {
  try {
    return completionOf(raw, Buffer.from(json), { model: '', created: 1 });
  } catch {
    return undefined;
  }
}

function embeddingsIn(raw: JsonObject, json: string): EmbeddingResponse | undefined {
  return isEmbeddings(raw) ? withWireText(raw, json) : undefined;
}

function isEmbeddings(raw: JsonObject): raw is JsonObject & EmbeddingResponse {
  const { object, data } = raw;
  return (
    object === 'list' &&
    Array.isArray(data) &&
    data.length > 0 &&
    data.every((one) => isJsonObject(one) && 'embedding' in one)
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
