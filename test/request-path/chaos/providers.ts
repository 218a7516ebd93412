import { NexusError } from 'nexusai-hub';
import type { NexusErrorCode } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ChatChunk, ChatCompletion, ChunkStream, Clock, Provider, ProviderContext } from 'nexusai-hub/ports';
import { chunkOf, completionOf, scriptedFetch } from 'nexusai-hub/testing';
import type { AnswerScript } from 'nexusai-hub/testing';
import type { Act, Answering, Refusing } from './acts.ts';

/**
 * What the attempt of the request with this number gets. `over` is called where nobody but the server knows that its
 * answer has ended.
 */
export type NextAct = (user: string) => { readonly act: Act; readonly over: () => void };

/** A provider over a `fetch` that never leaves the process: what its server says is read by the adapter. */
export function wireProvider(nextAct: NextAct, clock: Clock): Provider {
  const { fetch } = scriptedFetch(({ body }) => {
    const { stream, user = '' } = JSON.parse(new TextDecoder().decode(body)) as { stream?: boolean; user?: string };
    const { act, over } = nextAct(user);
    return act.does === 'answers' && stream === true ? streamScript(act, clock, over) : wholeScript(act, clock);
  });
  return openaiCompatible({ baseUrl: 'http://chaos.test/v1', apiKey: 'key-of-chaos', fetch });
}

const JSON_HEADERS = { 'content-type': 'application/json' };
const ERROR = '{"error":{"message":"Oh.","type":"server_error"}}';

function wholeScript(act: Act, clock: Clock): AnswerScript {
  switch (act.does) {
    case 'answers':
      return { holdHead: pause(act.afterMs, clock), headers: JSON_HEADERS, ...wholeBody(act) };
    case 'refuses': {
      const headers = { ...JSON_HEADERS, ...act.headers };
      return {
        holdHead: pause(act.afterMs, clock),
        status: act.status,
        headers,
        sends: ['{"error":{"message":"No."}}'],
      };
    }
    case 'resets':
      return { silent: true, sends: [() => pause(act.afterMs, clock)], then: 'break' };
    case 'says nothing':
      return { silent: true, then: 'hang' };
    case 'answers junk':
      return { holdHead: pause(act.afterMs, clock), sends: ['<html>Bad gateway</html>'] };
    case 'throws':
      return { silent: true, then: 'break' };
  }
}

function wholeBody(act: Answering): Pick<AnswerScript, 'sends' | 'then'> {
  const text = JSON.stringify(completionOf(textOf(act), 'chaos', act.usage));
  if (act.then === 'finish') return { sends: [text] };
  if (act.then === 'error event') return { sends: [ERROR] };
  return { sends: [text.slice(0, text.length / 2)], then: act.then };
}

function streamScript(act: Answering, clock: Clock, over: () => void): AnswerScript {
  const { afterMs, gapMs, then } = act;
  const gap = gapMs > 0 ? [() => pause(gapMs, clock)] : [];
  const events = chunksIn(act).flatMap((chunk) => [...gap, `data: ${JSON.stringify(chunk)}\n\n`]);
  const last = { finish: ['data: [DONE]\n\n'], 'error event': [`data: ${ERROR}\n\n`], break: [], end: [], hang: [] };
  const tell = then === 'hang' ? [] : [async () => over()];
  const sends = [...events, ...tell, ...last[then]];
  return { holdHead: pause(afterMs, clock), sends, then: then === 'error event' ? 'finish' : then };
}

/** A provider in this process, which knows the hub's errors, and sometimes no manners. */
export function ownProvider(nextAct: NextAct, clock: Clock): Provider {
  return {
    kind: 'own',
    open(request, context) {
      const { act } = nextAct(userOf(request));
      if (act.does === 'throws') throw new Error('at once');
      return answerOf(act, request.stream === true, context, clock);
    },
  };
}

/** The number of a request, as its caller wrote it into the body. */
export function userOf(request: object): string {
  return 'user' in request && typeof request.user === 'string' ? request.user : '';
}

async function answerOf(
  act: Exclude<Act, { does: 'throws' }>,
  isStreamed: boolean,
  { signal }: ProviderContext,
  clock: Clock,
): Promise<ChatCompletion | ChunkStream> {
  if (act.does === 'says nothing') return silence(act.isDeaf ? undefined : signal);
  await pause(act.afterMs, clock);
  switch (act.does) {
    case 'answers':
      if (!isStreamed && act.then === 'finish') return completionOf(textOf(act), 'chaos', act.usage);
      return streamOf(act, signal, clock);
    case 'refuses':
      throw refusal(act);
    case 'resets':
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    case 'answers junk':
      return { surprise: true } as unknown as ChatCompletion;
  }
}

async function* streamOf(act: Answering, signal: AbortSignal, clock: Clock): AsyncGenerator<ChatChunk> {
  for (const chunk of chunksIn(act)) {
    await pause(act.gapMs, clock);
    yield chunk;
  }
  if (act.then === 'break' || act.then === 'error event') throw new Error('terminated');
  if (act.then === 'hang') await silence(signal);
}

const CODES_BY_STATUS: Readonly<Record<number, NexusErrorCode>> = {
  400: 'provider_rejected',
  401: 'provider_denied',
  403: 'provider_denied',
  404: 'provider_not_found',
  429: 'provider_rate_limited',
};

function refusal({ status, headers }: Refusing): NexusError {
  const seconds = Number(headers['retry-after']);
  const told = seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
  return new NexusError(CODES_BY_STATUS[status] ?? 'provider_unavailable', 'No.', { providerStatus: status, ...told });
}

function textOf({ pieces }: Answering): string {
  return 'word '.repeat(pieces) || ' ';
}

function chunksIn({ pieces, usage, then }: Answering): ChatChunk[] {
  const begun = [chunkOf({ role: 'assistant', content: '' })];
  for (let piece = 0; piece < pieces; piece++) begun.push(chunkOf({ content: 'word ' }));
  if (then !== 'finish') return begun;
  return [...begun, chunkOf({ finish: 'stop' }), ...(usage ? [{ ...chunkOf({}), choices: [], usage }] : [])];
}

/** Time on the hub's clock. */
export function pause(ms: number, clock: Clock): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) => void clock.schedule(ms, resolve));
}

function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new Error('aborted'));
    });
  });
}
