/** A door the test opens when it wants the script to go on. */
export interface Gate {
  /** Lets everything that waits, or will wait, go on. */
  open(): void;
  /** Resolves when the gate is open. */
  readonly opened: Promise<void>;
}

/** A closed gate. */
export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/**
 * Something a script does before its answer goes on: sends these bytes as one write, or waits. A function is called
 * when its turn comes.
 */
export type ScriptStep = string | Uint8Array | Gate | Promise<unknown> | (() => Promise<unknown>);

/**
 * What becomes of the connection after the last step:
 *
 * - `finish`: the answer ends as HTTP says it ends.
 * - `break`: the connection is reset.
 * - `end`: the connection is closed in an orderly way, but the body lacks its terminator.
 * - `hang`: nothing more comes, and the connection stays open.
 */
export type ScriptEnd = 'finish' | 'break' | 'end' | 'hang';

/** One answer of a scripted upstream. */
export interface AnswerScript {
  /** @default 200 */
  readonly status?: number;
  /** @default `content-type: text/event-stream` */
  readonly headers?: Readonly<Record<string, string>>;
  /** True: not even a head is sent; only steps that wait and `then` happen. @default false */
  readonly silent?: boolean;
  /** Waited for before the head is sent. */
  readonly holdHead?: Gate | Promise<unknown>;
  readonly sends?: readonly ScriptStep[];
  /** @default 'finish' */
  readonly then?: ScriptEnd;
}

/** One request as a scripted upstream saw it. */
export interface RecordedRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** When its body was complete, in milliseconds of `performance.now()`. */
  readonly atMs: number;
  /** Resolves when the caller went away before its answer was over, with the time as in `atMs`. */
  readonly left: Promise<number>;
}

/**
 * Answers in the order of the requests (the last one repeats), or a function that decides by the request.
 */
export type UpstreamScript =
  | AnswerScript
  | readonly [AnswerScript, ...AnswerScript[]]
  | ((request: RecordedRequest, count: number) => AnswerScript);

/** The answer to request number `count` (from 0). */
export function answerFor(script: UpstreamScript, request: RecordedRequest, count: number): AnswerScript {
  if (typeof script === 'function') return script(request, count);
  return isList(script) ? (script[Math.min(count, script.length - 1)] ?? script[0]) : script;
}

function isList(
  script: AnswerScript | readonly [AnswerScript, ...AnswerScript[]],
): script is readonly [AnswerScript, ...AnswerScript[]] {
  return Array.isArray(script);
}

/** Waits where the step says so; returns the bytes to send otherwise. */
export async function bytesOfStep(step: ScriptStep): Promise<Uint8Array | undefined> {
  if (typeof step === 'string') return new TextEncoder().encode(step);
  if (step instanceof Uint8Array) return step;
  if (typeof step === 'function') await step();
  else await ('opened' in step ? step.opened : step);
  return undefined;
}

/**
 * Cuts bytes into pieces of the given sizes, used in turn: `cut(bytes, 1)` byte by byte, `cut(bytes, 3, 1, 250)` odd.
 */
export function cut(bytes: Uint8Array | string, ...sizes: readonly [number, ...number[]]): Uint8Array[] {
  const whole = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const pieces: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    pieces.push(whole.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Requests as they come in, and somebody who waits for the next. */
export class RequestLog {
  readonly requests: RecordedRequest[] = [];
  readonly #waiting: ((request: RecordedRequest) => void)[] = [];
  #handedOut = 0;

  add(request: RecordedRequest): void {
    this.requests.push(request);
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    this.#handedOut++;
    waiting(request);
  }

  /** The next request nobody has asked for yet: one that came already, or the one that comes next. */
  next(): Promise<RecordedRequest> {
    const ready = this.requests[this.#handedOut];
    if (ready) {
      this.#handedOut++;
      return Promise.resolve(ready);
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
