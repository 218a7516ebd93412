import { z } from 'zod';
import { CODES, type NexusErrorCode } from '../../../errors.ts';
import { MOST_CONVERSATIONS, MOST_MESSAGES } from '../../../ledger-query.ts';
import { listNamed, named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { pageOf, RANGE, TEXT } from '../parameters.ts';
import { tokens } from './stats.ts';

const { strictObject, literal, string, number, array, boolean, unknown } = z;

const object = literal('conversation');
const summary = strictObject({
  object,
  id: string(),
  caller: string().nullable(),
  created_at: number(),
  last_request_at: number(),
  request_count: number(),
  message_count: number(),
  tokens_usage: tokens,
  cost_nano_usd: number(),
  models: array(string()),
  providers: array(string()),
  preview: string().nullable(),
});
const conversation = named('ConversationSummary', summary);
const message = named(
  'ConversationMessage',
  strictObject({
    position: number(),
    alternative: number(),
    role: string(),
    from: z.enum(['caller', 'model']),
    created_at: number(),
    model: string(),
    provider: string().nullable(),
    request_id: string(),
    message: unknown(),
  }),
);
const ended = z.enum(['ok', 'error', 'aborted', 'partial']);
const attempt = named(
  'Attempt',
  strictObject({
    entry_id: string(),
    attempt: number(),
    is_last: boolean(),
    request_id: string(),
    operation: string(),
    caller: string().nullable(),
    conversation_id: string().nullable(),
    model: string(),
    provider: string().nullable(),
    provider_kind: string().nullable(),
    upstream_model: string().nullable(),
    provider_key: string().nullable(),
    reason: z.enum(['first', 'next', 'again', 'fallback', 'hedge', 'continuation']).nullable(),
    streamed: boolean(),
    started_at: z.iso.datetime(),
    first_content_ms: number().nullable(),
    duration_ms: number(),
    outcome: ended,
    error: z.enum(Object.keys(CODES) as NexusErrorCode[]).nullable(),
    prompt_tokens: number().nullable(),
    cached_tokens: number().nullable(),
    completion_tokens: number().nullable(),
    reasoning_tokens: number().nullable(),
    usage_provenance: z.enum(['reported', 'estimated', 'partial', 'absent', 'cached']),
    cost_nano_usd: number().nullable(),
    saved_nano_usd: number().nullable(),
    price_version: string().nullable(),
    request_outcome: ended.nullable(),
    request_duration_ms: number().nullable(),
  }),
);
const history = named(
  'Conversation',
  strictObject({
    ...summary.shape,
    messages: array(message),
    has_more: boolean(),
    next: number().nullable(),
    attempts: array(attempt),
  }),
);

const caller = string().min(1).nullish();
const changed = { object, id: string() };

/** What was said. */
export const CONVERSATIONS: Operations = {
  'GET /conversations': {
    id: 'listConversations',
    summary: 'Search conversations, those with the latest request first',
    query: { ...RANGE, q: TEXT, ...pageOf(MOST_CONVERSATIONS, 20) },
    mayMiss: true,
    answer: { json: listNamed('ConversationList', conversation, { next: string().nullable() }) },
  },
  'GET /conversations/*': {
    id: 'getConversation',
    summary: 'Read a conversation',
    path: '/conversations/{id}',
    query: {
      caller: TEXT,
      ...pageOf(MOST_MESSAGES, MOST_MESSAGES, { type: 'integer', minimum: 1, maximum: 999_999 }),
    },
    answer: { json: history },
  },
  'POST /conversations/*': [
    {
      id: 'endConversation',
      summary: 'End a conversation',
      path: '/conversations/{id}/end',
      body: named('ConversationEnd', z.looseObject({ caller })),
      answer: { json: named('EndedConversation', strictObject({ ...changed, ended: literal(true) })) },
    },
    {
      id: 'mergeConversation',
      summary: 'Make another conversation a part of this one',
      path: '/conversations/{id}/merge',
      body: named('ConversationMerge', z.looseObject({ from: string().min(1), caller })),
      answer: { json: named('MergedConversation', strictObject({ ...changed, merged: string() })) },
    },
    {
      id: 'splitConversation',
      summary: 'Make a conversation of its own of what was said behind so many messages',
      path: '/conversations/{id}/split',
      body: named('ConversationSplit', z.looseObject({ at: number(), caller })),
      answer: { json: named('SplitConversation', strictObject(changed)) },
    },
  ],
};
