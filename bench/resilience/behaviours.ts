import { setTimeout as sleep } from 'node:timers/promises';

import type { AnswerScript, RecordedRequest, ScriptStep, UpstreamScript } from 'nexusai-hub/testing';

import {
  chunkOf,
  FINAL_CHUNK,
  OPENING_CHUNK,
  TAG_LENGTH,
  TAG_MARK,
  textOf,
  USAGE_CHUNK,
  WHOLE_ANSWER,
} from '../wire.ts';

/** Pieces of text in a streamed answer, and the time between them. */
export const PIECES = 8;
const PACE_MS = 10;
/** A streamed answer takes no less. */
export const STREAM_MS: number = PIECES * PACE_MS;

const JSON_TYPE = { 'content-type': 'application/json' };
const ERROR_PAGE = '<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>';

/** What a request asks for, as far as a provider of the load has to know. */
interface Asked {
  readonly tag: string;
  readonly isStreamed: boolean;
  readonly withUsage: boolean;
  /** Pieces of the answer that somebody else has said already. */
  readonly said: number;
}

interface AskedBody {
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** The number a request carries in its prompt. */
export function tagIn({ body }: RecordedRequest): string {
  const text = new TextDecoder().decode(body);
  const start = text.indexOf(TAG_MARK) + TAG_MARK.length;
  return text.slice(start, start + TAG_LENGTH);
}

function askedIn(request: RecordedRequest): Asked {
  const body = JSON.parse(new TextDecoder().decode(request.body)) as AskedBody;
  const tag = tagIn(request);
  const before = body.messages.find(({ role }) => role === 'assistant')?.content ?? '';
  return {
    tag,
    isStreamed: body.stream === true,
    withUsage: body.stream_options?.include_usage === true,
    said: Array.from({ length: PIECES }, (_, place) => textOf(tag, place)).indexOf(before),
  };
}

/** Answers as it should: whole, or piece by piece, from where another one broke off. */
export const healthy: UpstreamScript = (request) => answerTo(askedIn(request));

function answerTo(asked: Asked, before: readonly ScriptStep[] = []): AnswerScript {
  if (!asked.isStreamed) return { headers: JSON_TYPE, sends: [...before, WHOLE_ANSWER] };
  const end = [FINAL_CHUNK, ...(asked.withUsage ? [USAGE_CHUNK] : []), '[DONE]'].map(eventOf).join('');
  return { sends: [eventOf(OPENING_CHUNK), ...before, ...piecesOf(asked, PIECES), end] };
}

/** The pieces that are still to be said, up to this one, each after its pause. */
function piecesOf({ tag, said }: Asked, end: number): ScriptStep[] {
  const steps: ScriptStep[] = [];
  for (let place = Math.max(0, said); place < end; place++)
    steps.push(() => sleep(PACE_MS), eventOf(chunkOf(tag, place)));
  return steps;
}

function eventOf(data: string): string {
  return `data: ${data}\n\n`;
}

/** Accepts the connection and the request, and says nothing. */
export const silent: UpstreamScript = { silent: true, then: 'hang' };

/** Every `one`th answer takes this much longer to begin. */
export function slow(ms: number, one: number): UpstreamScript {
  return (request, count) => answerTo(askedIn(request), count % one === 0 ? [() => sleep(ms)] : []);
}

/** Answers everything with this status and an error in OpenAI's shape. */
export function failing(status: number, code: string, headers: Readonly<Record<string, string>> = {}): UpstreamScript {
  const error = { message: `Scripted: ${code}.`, type: code, code, param: null };
  return { status, headers: { ...JSON_TYPE, ...headers }, sends: [JSON.stringify({ error })] };
}

/** The page of a proxy in between, with a status that says all is well. */
export const html: UpstreamScript = { headers: { 'content-type': 'text/html' }, sends: [ERROR_PAGE] };

/** Breaks off after so many pieces of text: by a reset, or by an end in good order, in turn. */
export function cutAfter(pieces: number): UpstreamScript {
  return (request, count) => ({
    sends: [eventOf(OPENING_CHUNK), ...piecesOf(askedIn(request), pieces)],
    then: count % 2 === 0 ? 'break' : 'end',
  });
}
