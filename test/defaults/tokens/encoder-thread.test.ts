import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';

import type { Encoder } from '../../../src/defaults/tokens/encoder.ts';
import { EncoderThread } from '../../../src/defaults/tokens/encoder-thread.ts';
import { encodeInTurns } from '../../../src/defaults/tokens/encode-in-turns.ts';

/** Counts a hundred a piece, and keeps what it was asked. */
function scripted(): Encoder & { readonly asked: (readonly string[])[]; closed: number } {
  const asked: (readonly string[])[] = [];
  return {
    asked,
    closed: 0,
    count(pieces) {
      asked.push(pieces);
      return Promise.resolve(100 * pieces.length);
    },
    close() {
      this.closed++;
    },
  };
}

/** A thread that does what the test says. */
class FakeThread extends EventEmitter {
  readonly jobs: { id: number }[] = [];
  readonly holds: string[] = [];
  ended = false;
  postMessage(job: { id: number }): void {
    this.jobs.push(job);
  }
  ref(): void {
    this.holds.push('ref');
  }
  unref(): void {
    this.holds.push('unref');
  }
  terminate(): Promise<number> {
    this.ended = true;
    return Promise.resolve(0);
  }
}

const open: Encoder[] = [];
afterEach(() => {
  for (const encoder of open.splice(0)) encoder.close();
});

function overFake(): { thread: FakeThread; threads: number; instead: ReturnType<typeof scripted>; encoder: Encoder } {
  const made = { thread: new FakeThread(), threads: 0, instead: scripted() };
  const encoder = new EncoderThread(made.instead, () => {
    made.threads++;
    return made.thread as unknown as Worker;
  });
  return Object.assign(made, { encoder });
}

describe('EncoderThread', () => {
  it('counts in a thread what is counted on the loop, in every encoding', async () => {
    const [thread, loop] = [new EncoderThread(scripted()), encodeInTurns()];
    open.push(thread, loop);
    const pieces = ['Hello, 世界', '<|endoftext|>', '\ud800 half', '👩‍👩‍👧‍👦', ''];
    for (const encoding of ['o200k_base', 'cl100k_base', 'p50k_base', 'r50k_base'] as const)
      expect(await thread.count(pieces, encoding)).toBe(await loop.count(pieces, encoding));
  });

  it('K5: leaves the loop alone while it counts', async () => {
    const encoder = new EncoderThread(scripted());
    open.push(encoder);
    let turns = 0;
    let isCounting = true;
    const tick = (): void => {
      turns++;
      if (isCounting) setImmediate(tick);
    };
    setImmediate(tick);
    // One piece that would hold a loop up for a good while.
    await encoder.count(['a'.repeat(8_000)], 'o200k_base');
    isCounting = false;
    expect(turns).toBeGreaterThan(20);
  });

  it('keeps the process alive only while it counts', async () => {
    const { encoder, thread } = overFake();
    const counts = [encoder.count(['a'], 'o200k_base'), encoder.count(['b'], 'o200k_base')];
    expect(thread.holds).toEqual(['ref']);
    thread.emit('message', { id: 2, tokens: 2 });
    expect(thread.holds).toEqual(['ref']);
    thread.emit('message', { id: 1, tokens: 1 });
    expect(thread.holds).toEqual(['ref', 'unref']);
    expect(await Promise.all(counts)).toEqual([1, 2]);
  });

  it('counts otherwise where no thread can be had, and does not try again for each text', async () => {
    const instead = scripted();
    let tries = 0;
    const encoder = new EncoderThread(instead, () => {
      tries++;
      throw new Error('threads are not allowed');
    });
    expect(await encoder.count(['a', 'b'], 'o200k_base')).toBe(200);
    expect(await encoder.count(['c'], 'o200k_base')).toBe(100);
    expect(tries).toBe(1);
  });

  it.each([
    ['error', new Error('out of memory')],
    ['exit', 1],
  ])('loses nothing when the thread dies: %s', async (event, told) => {
    const { encoder, thread, instead } = overFake();
    const counts = [encoder.count(['a'], 'o200k_base'), encoder.count(['b', 'c'], 'o200k_base')];
    thread.emit('message', { id: 1, tokens: 7 });
    thread.emit(event, told);
    expect(await Promise.all(counts)).toEqual([7, 200]);
    expect(await encoder.count(['d'], 'o200k_base')).toBe(100);
    expect(instead.asked).toEqual([['b', 'c'], ['d']]);
    thread.emit('exit', 1);
    expect(instead.asked).toHaveLength(2);
  });

  it('tells of a text the encoder fails at, and goes on with the next', async () => {
    const { encoder, thread } = overFake();
    const [failing, next] = [encoder.count(['a'], 'o200k_base'), encoder.count(['b'], 'o200k_base')];
    thread.emit('message', { id: 1, failure: 'unreachable' });
    thread.emit('message', { id: 2, tokens: 3 });
    await expect(failing).rejects.toThrow('The encoder failed: unreachable');
    expect(await next).toBe(3);
  });

  it('gives the thread back, tells those who still wait, and begins anew', async () => {
    const made = overFake();
    const waiting = made.encoder.count(['a'], 'o200k_base');
    made.encoder.close();
    await expect(waiting).rejects.toThrow('closed');
    expect(made.thread.ended).toBe(true);
    expect(made.instead.closed).toBe(1);
    made.thread.emit('error', new Error('on its way out'));
    made.thread.emit('exit', 1);
    made.thread = new FakeThread();
    const again = made.encoder.count(['b'], 'o200k_base');
    made.thread.emit('message', { id: 2, tokens: 5 });
    expect(await again).toBe(5);
    expect(made.threads).toBe(2);
  });
});

describe('encodeInTurns', () => {
  it('K5: encodes one piece in a turn of the loop, however many counts are under way', async () => {
    const encoder = encodeInTurns();
    open.push(encoder);
    await encoder.count(['warm'], 'o200k_base');
    let turns = 0;
    let isCounting = true;
    const tick = (): void => {
      turns++;
      if (isCounting) setImmediate(tick);
    };
    setImmediate(tick);
    const pieces = Array.from({ length: 20 }, () => 'a few words');
    await Promise.all([1, 2, 3].map(() => encoder.count(pieces, 'o200k_base')));
    isCounting = false;
    expect(turns).toBeGreaterThanOrEqual(59);
  });

  it('goes on after a close in the middle', async () => {
    const encoder = encodeInTurns();
    open.push(encoder);
    const counting = encoder.count(['hello world', 'hello world', 'hello world'], 'o200k_base');
    setImmediate(() => {
      encoder.close();
    });
    expect(await counting).toBe(6);
  });
});
