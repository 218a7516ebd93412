import type { AnswerReader } from './answer-reader.ts';
import type { AnswerRules } from './answer-check.ts';
import type { Attempt } from './attempt.ts';
import { askToGoOn } from './beside.ts';
import type { ChatCall } from './call.ts';
import { enter } from './enter.ts';
import { NexusError, rowOf } from './errors.ts';
import type { NexusErrorCode } from './errors.ts';
import { changeMembers } from './openai/splice.ts';
import type { AssistantMessage, ChatChunk, ChatMessage, ChatRequest, Usage } from './ports/index.ts';
import type { WonRace } from './race.ts';
import type { Search } from './search.ts';

/** Where an answer goes on after it broke off. */
export interface Resumed<Item> {
  readonly attempt: Attempt;
  readonly reader: AnswerReader<Item>;
  readonly begun: readonly Item[];
  /** What an item of the new stream is for the caller, who reads on in the old one. */
  readonly asOld: (item: Item) => Item;
}

/**
 * Goes on with an answer that broke off.
 *
 * @param text what was delivered.
 * @returns `undefined` when nobody takes over: the error then stands.
 */
export type Continuation<Item> = (error: NexusError, text: string, last: Item) => Promise<Resumed<Item> | undefined>;

/** The mark on the first chunk of another provider's part. */
export interface ContinuedMark {
  /** Id of the provider that goes on. */
  readonly provider: string;
  /** Why the one before broke off. */
  readonly after: NexusErrorCode;
}

/** Where an answer goes on, in the words of that target. */
type Going = Omit<Resumed<ChatChunk>, 'asOld'>;

const NO_RULES: AnswerRules = { schema: false, filter: false };

/** For providers that answer a conversation which ends with their own words by starting anew. */
const GO_ON: ChatMessage = {
  role: 'user',
  content:
    'Your last message was cut off. Go on exactly where it ends: repeat none of it, and say nothing about the cut.',
};

/** How a streamed chat answer goes on, where the owner wants that; `undefined` where it does not. */
export function continuationOf(search: Search): Continuation<ChatChunk> | undefined {
  const { call, facts, parts } = search;
  if (parts.attempts.continuation === 'off' || call.operation !== 'chat') return undefined;
  // Half a tool call, one of several answers, or half of a structure cannot be gone on with by anybody else.
  if (facts.hasTools || (call.request.n ?? 1) > 1 || call.request.response_format !== undefined) return undefined;
  return (error, text, last) => resume(search, call, error, text, last);
}

async function resume(
  search: Search,
  call: ChatCall,
  error: NexusError,
  text: string,
  last: ChatChunk,
): Promise<Resumed<ChatChunk> | undefined> {
  if (rowOf(error).fault !== 'provider' || text === '') return undefined;
  try {
    const before = await countBefore(search, call, text);
    const messages = [...call.request.messages, { role: 'assistant' as const, content: text }, GO_ON];
    const request = changeMembers(call.request, { messages, ...restOfLength(call.request, before) });
    const next = await askNext(search, { ...call, request });
    const mark = next && { provider: next.attempt.target.providerId, after: error.code };
    return next && mark && { ...next, asOld: chunksLike(last, mark, before) };
  } catch {
    // What the caller is told is how its answer broke off, not how the search for another one did.
    return undefined;
  }
}

/** The usage of what was delivered, where anybody asks for that; `undefined` where it cannot be counted, too. */
async function countBefore({ visit }: Search, { request }: ChatCall, text: string): Promise<Usage | undefined> {
  const { max_tokens: most, max_completion_tokens: mostCompleted, stream_options: options } = request;
  if (!most && !mostCompleted && options?.include_usage !== true) return undefined;
  return (await visit.wait(visit.estimate(text)))?.usage;
}

/** What is left of the length the caller allows: what was delivered is a part of it. */
function restOfLength(
  { max_tokens: most, max_completion_tokens: mostCompleted }: ChatRequest,
  before: Usage | undefined,
): Partial<ChatRequest> {
  const said = before?.completion_tokens ?? 0;
  return {
    ...(most && { max_tokens: Math.max(1, most - said) }),
    ...(mostCompleted && { max_completion_tokens: Math.max(1, mostCompleted - said) }),
  };
}

/**
 * The search goes on where it was, within the same attempts. It has as much time again as at first: a stream breaks after
 * minutes, not within the time its search took.
 */
async function askNext(found: Search, call: ChatCall): Promise<Going | undefined> {
  const { plan, visit, parts } = found;
  plan.goOnUntil(visit.age() + parts.attempts.deadlineMs);
  const search: Search = { ...found, call };
  for (let step = await plan.next(); step; step = await plan.next()) {
    const attempt = await enter(step, search, { reason: 'continuation' });
    if (!attempt) continue;
    const race = await askToGoOn(attempt, search, NO_RULES);
    if (race.kind === 'won') return streamOf(race);
    const failed = race.failures.map(({ attempt: { target }, error }) => ({ target, error }));
    if (visit.cancelledBy || !plan.failed(...failed)) return undefined;
  }
  return undefined;
}

function streamOf({ attempt, asked }: WonRace): Going {
  if (asked.kind === 'stream') return { attempt, reader: asked.reader, begun: asked.begun };
  throw new NexusError('internal', 'A stream was asked for, and another kind of answer came.');
}

/**
 * The caller reads one answer with one id, one role and one usage; the first chunk says that somebody else speaks from
 * here.
 */
function chunksLike(
  { id, created, model }: ChatChunk,
  mark: ContinuedMark,
  before: Usage | undefined,
): (chunk: ChatChunk) => ChatChunk {
  let isMarked = false;
  return (chunk) => {
    const like: ChatChunk & { nexus?: { continued: ContinuedMark } } = {
      ...chunk,
      id,
      created,
      model,
      choices: chunk.choices.map(({ delta: { role: _known, ...delta }, ...choice }) => ({ ...choice, delta })),
    };
    if (like.usage && before) like.usage = usageOfBoth(before, like.usage);
    if (!isMarked) like.nexus = { continued: mark };
    isMarked = true;
    return like;
  };
}

/** The provider that went on has told of its own part alone. What the hub has counted itself is of both. */
function usageOfBoth(before: Usage, after: Usage & { estimated?: boolean }): Usage {
  if (after.estimated) return after;
  const { prompt_tokens: prompt } = before;
  const completion = before.completion_tokens + after.completion_tokens;
  const both: Usage & { estimated: true } = {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    estimated: true,
  };
  return both;
}

/** One message of what was said before an answer broke off, and after: text only, as nothing else is gone on with. */
export function joinedMessage(before: AssistantMessage, after: AssistantMessage): AssistantMessage {
  return {
    ...after,
    content: (before.content ?? '') + (after.content ?? '') || null,
    refusal: (before.refusal ?? '') + (after.refusal ?? '') || null,
  };
}
