import { UpstreamBody } from './upstream-body.ts';

/** Bytes held for a reader before the socket is paused. */
const HIGH_WATER_BYTES = 128 * 1024;

/** The connection a body arrives on. */
export interface Tap {
  pause(): void;
  resume(): void;
  /** Destroys the connection. */
  close(): void;
}

/** A body that is pushed in by a connection and pulled out by one reader, without a Node stream in between. */
export class ArrivingBody extends UpstreamBody {
  readonly #tap: Tap;
  /** The first of what is held has a place of its own: mostly it is all there is. */
  #first: Uint8Array | undefined;
  #others: Uint8Array[] = [];
  #heldBytes = 0;
  #paused = false;
  #over = false;
  #error: Error | undefined;
  #resolve: ((bytes: Uint8Array | undefined) => void) | undefined;
  #reject: ((error: Error) => void) | undefined;
  #ready: (() => void) | undefined;

  constructor(tap: Tap) {
    super();
    this.#tap = tap;
  }

  override read(): Promise<Uint8Array | undefined> {
    const bytes = this.take();
    if (bytes) return Promise.resolve(bytes);
    if (this.#error) return Promise.reject(this.#error);
    if (this.#over) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  override take(): Uint8Array | undefined {
    const bytes = this.#first;
    if (!bytes) return undefined;
    this.#first = this.#others.length === 0 ? undefined : this.#others.shift();
    this.#heldBytes -= bytes.length;
    if (this.#paused && this.#heldBytes < HIGH_WATER_BYTES / 2) {
      this.#paused = false;
      this.#tap.resume();
    }
    return bytes;
  }

  override whenReady(call: () => void): boolean {
    if (this.#first || this.#over) call();
    else this.#ready = call;
    return true;
  }

  override get isOver(): boolean {
    return this.#over && !this.#error && !this.#first;
  }

  override cancel(): void {
    if (this.#over) return;
    this.end();
    this.#drop();
    this.#tap.close();
  }

  /** Bytes came. */
  push(bytes: Uint8Array): void {
    if (this.#over) return;
    if (this.#resolve) {
      const resolve = this.#resolve;
      this.#resolve = this.#reject = undefined;
      resolve(bytes);
      this.#tellReady();
      return;
    }
    if (this.#first) this.#others.push(bytes);
    else this.#first = bytes;
    this.#heldBytes += bytes.length;
    this.#tellReady();
    if (this.#paused || this.#heldBytes < HIGH_WATER_BYTES) return;
    this.#paused = true;
    this.#tap.pause();
  }

  /** The body is complete. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#resolve?.(undefined);
    this.#resolve = this.#reject = undefined;
    this.#tellReady();
  }

  /** The connection broke: what was held is read first, then `error` is thrown. */
  fail(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#reject?.(error);
    this.#resolve = this.#reject = undefined;
    this.#tellReady();
  }

  /** Nobody wants it any more: `error` is thrown at once, and the connection closed. */
  abort(error: Error): void {
    if (this.#over) return;
    this.#drop();
    this.fail(error);
    this.#tap.close();
  }

  #tellReady(): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
  }

  #drop(): void {
    this.#first = undefined;
    this.#others = [];
    this.#heldBytes = 0;
  }
}
