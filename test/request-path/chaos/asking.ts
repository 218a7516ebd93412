import { isNexusError } from 'nexusai-hub';
import type { NexusHub } from 'nexusai-hub';
import type { ChatRequest, Clock } from 'nexusai-hub/ports';
import { pause } from './providers.ts';

/** How a request is made, and how its answer is read. */
export interface Asking {
  /** Its number, which its provider sees. */
  readonly user: string;
  readonly model: string;
  readonly door: 'open' | 'fetch';
  /** Absent: it is a call of the own program. */
  readonly key?: { readonly name: string; readonly key: string } | undefined;
  readonly streamed: boolean;
  readonly asksUsage?: boolean;
  readonly timeoutMs?: number | undefined;
  readonly priority?: number | undefined;
  readonly conversationId?: string | undefined;
  readonly maxTokens?: number | undefined;
  readonly reader: 'eager' | 'slow' | 'stops' | 'leaves';
  /** Items after which the reader stops or leaves. */
  readonly readerAfter: number;
}

/** A request, and what has become of it. Times are those of the clock since its start. */
export interface Asked {
  readonly how: Asking;
  readonly atMs: number;
  readonly controller: AbortController;
  abortedAtMs: number | undefined;
  begunAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** `answer`, `left`, `stopped`, or the code it ended with. */
  end: string | undefined;
  timesEnded: number;
}

/** Makes the request, and reads its answer. What comes out and is no error of the hub is a surprise. */
export function askFor(how: Asking, hub: NexusHub, clock: Clock, surprise: (what: string) => void): Asked {
  const asked: Asked = {
    how,
    atMs: clock.elapsed(),
    controller: new AbortController(),
    abortedAtMs: undefined,
    begunAtMs: undefined,
    endedAtMs: undefined,
    end: undefined,
    timesEnded: 0,
  };
  const ended = (end: string): void => {
    asked.timesEnded++;
    asked.end = end;
    asked.endedAtMs = clock.elapsed();
  };
  const asks = how.door === 'open' ? askInProcess : askByFetch;
  asks(asked, hub, clock).then(ended, (cause: unknown) => {
    const { aborted } = asked.controller.signal;
    if (isNexusError(cause)) ended(cause.code);
    // As with any `fetch`, who aborts gets the reason back.
    else if (how.door === 'fetch' && aborted) ended('cancelled');
    else surprise(`${how.user}: ${cause instanceof Error ? String(cause.stack) : String(cause)}`);
  });
  return asked;
}

function bodyOf({ user, model, streamed: stream, asksUsage, maxTokens }: Asking): ChatRequest {
  const body = {
    model,
    messages: [{ role: 'user' as const, content: `Hello from ${user}` }],
    user,
    stream,
    ...(stream && asksUsage && { stream_options: { include_usage: true } }),
    ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  };
  return body;
}

async function askInProcess(asked: Asked, hub: NexusHub, clock: Clock): Promise<string> {
  const { key, conversationId, timeoutMs, priority } = asked.how;
  const answer = await hub.open({
    operation: 'chat',
    request: bodyOf(asked.how),
    credentials: key ? { via: 'http', key: key.key } : { via: 'process' },
    signal: asked.controller.signal,
    conversationId,
    timeoutMs,
    priority,
  });
  asked.begunAtMs = clock.elapsed();
  if (answer.kind !== 'stream') return 'answer';
  const { stream } = answer;
  return readAs(asked.how, clock, {
    next: async () => (await stream.next()).done === true,
    leave: () => void stream.return(),
  });
}

async function askByFetch(asked: Asked, hub: NexusHub, clock: Clock): Promise<string> {
  const { key, conversationId, streamed } = asked.how;
  const headers = {
    'content-type': 'application/json',
    ...(key && { authorization: `Bearer ${key.key}` }),
    ...(conversationId !== undefined && { 'x-nexus-conversation-id': conversationId }),
  };
  const init = { method: 'POST', headers, body: JSON.stringify(bodyOf(asked.how)), signal: asked.controller.signal };
  const response = await hub.fetch('http://hub/v1/chat/completions', init);
  asked.begunAtMs = clock.elapsed();
  if (response.status !== 200) {
    const { error } = (await response.json()) as { error: { code: string } };
    return error.code;
  }
  if (!streamed || !response.body) return response.text().then(() => 'answer');
  return readEvents(asked.how, response.body.getReader(), clock);
}

async function readEvents(how: Asking, body: ReadableStreamDefaultReader<Uint8Array>, clock: Clock): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  const end = await readAs(how, clock, {
    async next() {
      const { done, value } = await body.read();
      text += decoder.decode(value, { stream: true });
      return done;
    },
    leave: () => void body.cancel(),
  });
  if (end !== 'answer' || text.endsWith('data: [DONE]\n\n')) return end;
  const code = /"code":"(\w+)"/.exec(text)?.[1];
  if (code === undefined) throw new Error(`A stream just ended: ${text.slice(-300)}`);
  return code;
}

/** An answer that can be read item by item. */
interface Readable {
  /** Resolves with true when there are no more. */
  next(): Promise<boolean>;
  leave(): void;
}

async function readAs({ reader, readerAfter }: Asking, clock: Clock, answer: Readable): Promise<string> {
  for (let items = 0; ; items++) {
    if (reader === 'stops' && items === readerAfter) return 'stopped';
    if (reader === 'leaves' && items === readerAfter) {
      answer.leave();
      return 'left';
    }
    if (await answer.next()) return 'answer';
    if (reader === 'slow') await pause(70, clock);
  }
}
