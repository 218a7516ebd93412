import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Encoder } from '../../../src/defaults/tokens/encoder.ts';
import { sharedEncoder } from '../../../src/defaults/tokens/shared-encoder.ts';

interface FakeThread extends Encoder {
  asked: number;
  closed: number;
}

const threads = vi.hoisted((): FakeThread[] => []);

vi.mock('../../../src/defaults/tokens/encoder-thread.ts', () => ({
  EncoderThread: class implements FakeThread {
    asked = 0;
    closed = 0;
    constructor() {
      threads.push(this);
    }
    count(): Promise<number> {
      if (this.closed > 0) return Promise.reject(new Error('closed'));
      this.asked++;
      return Promise.resolve(1);
    }
    close(): void {
      this.closed++;
    }
  },
}));

const count = (encoder: Encoder): Promise<number> => encoder.count(['x'], 'o200k_base');
const closings = (): number[] => threads.map(({ closed }) => closed);

beforeEach(() => {
  threads.length = 0;
});

describe('sharedEncoder', () => {
  it('begins one thread for all who count, and none for those who do not', async () => {
    const [one, other, idle] = [sharedEncoder(), sharedEncoder(), sharedEncoder()];
    expect(threads).toHaveLength(0);
    await Promise.all([count(one), count(other), count(one)]);
    expect(threads.map(({ asked }) => asked)).toEqual([3]);
    for (const encoder of [idle, one, other]) encoder.close();
    expect(closings()).toEqual([1]);
  });

  it('keeps its thread until the last who counts has closed', async () => {
    const [one, other] = [sharedEncoder(), sharedEncoder()];
    await Promise.all([count(one), count(other)]);
    one.close();
    one.close();
    expect(closings()).toEqual([0]);
    expect(await count(other)).toBe(1);
    other.close();
    expect(closings()).toEqual([1]);
  });

  it('begins another thread for who counts after all have closed, the same user or the next', async () => {
    const one = sharedEncoder();
    await count(one);
    one.close();
    expect(await count(one)).toBe(1);
    expect(closings()).toEqual([1, 0]);
    one.close();
    const next = sharedEncoder();
    expect(await count(next)).toBe(1);
    expect(closings()).toEqual([1, 1, 0]);
    next.close();
    one.close();
    expect(closings()).toEqual([1, 1, 1]);
  });

  it('counts who comes back as one user', async () => {
    const [one, other] = [sharedEncoder(), sharedEncoder()];
    await Promise.all([count(one), count(other)]);
    one.close();
    await count(one);
    other.close();
    expect(closings()).toEqual([0]);
    one.close();
    expect(closings()).toEqual([1]);
  });
});
