import type { JsonObject } from 'nexusai-hub/ports';
import { type AnswerDialect, collectChunks, isJsonObject } from 'nexusai-hub/provider-kit';

import { isBlocked, verdictOf } from './safety.ts';

/**
 * The legacy interface's answers in terms of chat completions (providers.md section 5.4). A whole answer is read as the
 * stream of one event.
 */
export const legacyAnswers: AnswerDialect = {
  completion: (raw) => (isAnswer(raw) ? collectChunks([chunkOf(raw, true)]) : raw),

  /** A stream has no end mark: the event that says `is_end` is the last. */
  stream: () => (raw) => {
    const isLast = raw['is_end'] === true;
    return { chunks: isAnswer(raw) ? [chunkOf(raw, isLast)] : [], isLast };
  },
};

function chunkOf(raw: Answer, isLast: boolean): JsonObject {
  const { result } = raw;
  const delta = { ...(result === '' ? {} : { content: result }), ...callOf(raw) };
  // In the middle newer models say `normal` all the time.
  const finish = isLast ? finishOf(raw) : { finish_reason: null };
  return { ...factsOf(raw), choices: [{ index: 0, delta, ...verdictOf(raw), ...finish }] };
}

type Answer = JsonObject & { readonly result: string };

function isAnswer(raw: JsonObject): raw is Answer {
  return typeof raw['result'] === 'string';
}

/** Members that are told in another place, or that only number the pieces. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'object',
  'result',
  'sentence_id',
  'is_end',
  'is_truncated',
  'finish_reason',
  'function_call',
  'need_clear_history',
  'flag',
  'ban_round',
  'search_info',
]);

/** What is said about the whole answer. Search results stand where Qianfan V2 has them. */
function factsOf(raw: JsonObject): JsonObject {
  const facts = Object.fromEntries(Object.entries(raw).filter(([name]) => !TOLD_ELSEWHERE.has(name)));
  const search = raw['search_info'];
  const found = isJsonObject(search) ? search['search_results'] : undefined;
  return Array.isArray(found) && found.length > 0 ? { ...facts, search_results: found } : facts;
}

/** One call at most, whole. What the model thought about it goes back with it (see `messages.ts`). */
function callOf(raw: JsonObject): JsonObject {
  const call = raw['function_call'];
  if (!isJsonObject(call)) return {};
  const { name, arguments: given, thoughts } = call;
  return {
    tool_calls: [{ type: 'function', function: { name, arguments: given } }],
    ...(typeof thoughts === 'string' && thoughts !== '' ? { thoughts } : {}),
  };
}

/** Safety before length before what is given; older models give no reason. */
function finishOf(raw: JsonObject): JsonObject {
  const given = raw['finish_reason'];
  const native = typeof given === 'string' && given !== '' ? given : undefined;
  const meant = isBlocked(raw) ? 'content_filter' : raw['is_truncated'] === true ? 'length' : undefined;
  if (meant === undefined || meant === native) return { finish_reason: native ?? 'stop' };
  return { finish_reason: meant, ...(native === undefined ? {} : { native_finish_reason: native }) };
}
