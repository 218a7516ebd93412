import {
  type AnswerScript,
  answerFor,
  bytesOfStep,
  type RecordedRequest,
  RequestLog,
  type UpstreamScript,
} from './answer-script.ts';

/** A `fetch` that never leaves the process. */
export interface ScriptedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Every request made, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** The next request nobody has asked for yet. */
  nextRequest(): Promise<RecordedRequest>;
}

/**
 * The scripted upstream as a `fetch`, for speed and exact cuts: each step that sends is exactly one read of the caller.
 * Faults look as they do with Node's own `fetch`: a `TypeError` from the call or from the body.
 */
export function scriptedFetch(script: UpstreamScript): ScriptedFetch {
  const log = new RequestLog();
  let count = 0;

  const fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const signal = init.signal ?? undefined;
    signal?.throwIfAborted();
    const { promise: left, leave } = departure();
    const url = new URL(typeof input === 'string' || input instanceof URL ? input : input.url);
    const request: RecordedRequest = {
      method: init.method ?? 'GET',
      path: url.pathname + url.search,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: new Uint8Array(await new Response(init.body ?? null).arrayBuffer()),
      atMs: performance.now(),
      left,
    };
    log.add(request);
    const answer = answerFor(script, request, count++);
    signal?.addEventListener('abort', leave, { once: true });
    return answerTo(answer, signal, leave);
  };

  return { fetch, requests: log.requests, nextRequest: () => log.next() };
}

async function answerTo(answer: AnswerScript, signal: AbortSignal | undefined, leave: () => void): Promise<Response> {
  const { status = 200, headers = { 'content-type': 'text/event-stream' }, sends = [], then = 'finish' } = answer;
  if (answer.holdHead) await orAbort(bytesOfStep(answer.holdHead), signal);
  if (answer.silent) {
    for (const step of sends) await orAbort(bytesOfStep(step), signal);
    if (then === 'hang') await orAbort(new Promise(() => {}), signal);
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }) });
  }

  const steps = sends[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (let step = steps.next(); !step.done; step = steps.next()) {
          const bytes = await orAbort(bytesOfStep(step.value), signal);
          if (bytes === undefined || bytes.length === 0) continue;
          controller.enqueue(bytes);
          return;
        }
        if (then === 'hang') await orAbort(new Promise(() => {}), signal);
        if (then !== 'finish') throw new TypeError('terminated');
        signal?.removeEventListener('abort', leave);
        controller.close();
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  );
  return new Response(status === 204 || status === 304 ? null : body, { status, headers });
}

function departure(): { promise: Promise<number>; leave: () => void } {
  let leave = (): void => {};
  const promise = new Promise<number>((resolve) => {
    leave = () => {
      resolve(performance.now());
    };
  });
  return { promise, leave };
}

function orAbort<T>(pending: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return pending;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new DOMException('Aborted', 'AbortError'));
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    pending.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
