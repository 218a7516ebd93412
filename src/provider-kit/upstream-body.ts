import { NexusError } from '../errors.ts';

/**
 * The body of a provider's answer, read on demand. It holds a bounded amount: while nobody reads, the provider waits.
 * Read it to its end or cancel it; one reader at a time.
 */
export abstract class UpstreamBody {
  /**
   * The next bytes; `undefined` at the end.
   * @throws NexusError `stream_interrupted` when the connection broke, `cancelled` (or the signal's own reason) after
   * an abort.
   */
  abstract read(): Promise<Uint8Array | undefined>;

  /** Bytes that are here already, without waiting; `undefined` when there are none. */
  abstract take(): Uint8Array | undefined;

  /**
   * Calls once when `take` has bytes, or when `read` need not wait for how the body ends; at once where that is so
   * already. False: this body cannot tell.
   */
  whenReady(_call: () => void): boolean {
    return false;
  }

  /** Whether all of it was taken and it ended well. False: that is told by reading. */
  get isOver(): boolean {
    return false;
  }

  /** Lets go of the connection at once. Does nothing when the body is over. */
  abstract cancel(): void;

  /**
   * The whole body; at once where it is here in one piece, as short ones are.
   * Rejects with `frame_too_large` when it is longer than `limitBytes`.
   */
  bytes(limitBytes: number): Uint8Array | Promise<Uint8Array> {
    const first = this.take();
    return first && this.isOver && first.length <= limitBytes ? first : this.#allBytes(first, limitBytes);
  }

  async #allBytes(first: Uint8Array | undefined, limitBytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let length = 0;
    let part = first;
    for (;;) {
      part ??= this.take() ?? (await this.read());
      if (!part) break;
      parts.push(part);
      length += part.length;
      if (length > limitBytes) {
        this.cancel();
        throw new NexusError('frame_too_large', `The provider's answer is larger than ${limitBytes} bytes.`);
      }
      part = undefined;
    }
    return parts.length === 1 && parts[0] ? parts[0] : joined(parts, length);
  }

  /** The beginning of the body as text, at most `limitBytes` of it; the rest is dropped. Never throws. */
  async excerpt(limitBytes: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for (let part = await this.read(); part; part = await this.read()) {
        parts.push(part);
        length += part.length;
        if (length > limitBytes) break;
      }
    } catch {
      // What came before the connection broke still says more than nothing.
    }
    if (length > limitBytes) this.cancel();
    return new TextDecoder().decode(joined(parts, length).subarray(0, limitBytes));
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
