import type { Stop } from '../provider-kit/stop.ts';

/** Headers of an answer; names in lower case. */
export type AnswerHeaders = Readonly<Record<string, string>>;

/** Where a streamed answer goes. */
export interface EventSink {
  /** Takes text or bytes to send. False: the reader is slow, wait for `drained` before the next. */
  write(piece: string | Uint8Array): boolean;
  /** Resolves when more may be written, and also when the reader has left. */
  drained(): Promise<void>;
  /** The answer is over. */
  end(): void;
  /** Nobody takes the answer, or it broke: drops the connection. Told why, for readers in this process. */
  abort(reason?: Error): void;
}

/**
 * One HTTP request and its answer, whichever transport carries them. Nothing here throws because the client left: that
 * is what `leaving` tells.
 */
export interface Exchange {
  readonly method: string;
  /** Path as it was sent, without query and mount prefix; begins with `/`. */
  readonly path: string;
  /** What follows the `?`; empty without one. */
  readonly query: string;
  /** Path and query as they were sent, whatever the hub is mounted under. */
  readonly target: string;
  /** The id of the key that the request is signed with. The signature was checked; the body is when it is read. */
  readonly signedBy?: string;
  /** Aborts when the client left before its answer was complete. */
  readonly leaving: Stop;
  /** What a body parser that ran before us made of the body; `undefined` when the body is still to be read. */
  readonly parsedBody: unknown;
  /** The address of who sent it, as the transport knows it. */
  readonly address: string | undefined;
  /** True once `answer` or `open` was called. */
  readonly answered: boolean;
  /** Whether it came over https, as the transport knows it. */
  readonly isSecure: boolean;
  /** The status of the answer, once there is one. */
  readonly status: number | undefined;
  /** A header of the request by its name in lower case. */
  header(name: string): string | undefined;
  /**
   * The whole body as it was sent, still packed if it came packed. `came` hears how many bytes there are so far, and may
   * throw: no more of it is read then.
   * @throws NexusError `body_too_large` as soon as more than `limitBytes` have come, `cancelled` when the client left.
   */
  body(limitBytes: number, came?: (bytes: number) => void): Promise<Uint8Array>;
  /** Sends a whole answer. */
  answer(status: number, headers: AnswerHeaders, body?: string | Uint8Array): void;
  /** Begins a streamed answer. The head leaves with its first event. */
  open(status: number, headers: AnswerHeaders): EventSink;
}
