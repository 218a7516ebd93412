import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { ArrivingBody } from '../../src/provider-kit/arriving-body.ts';

function bodyWithTap(): { body: ArrivingBody; tap: { pause: () => void; resume: () => void; close: () => void } } {
  const tap = { pause: vi.fn(), resume: vi.fn(), close: vi.fn() };
  return { body: new ArrivingBody(tap), tap };
}

const PIECE = new Uint8Array(16 * 1024);

describe('a body that arrives', () => {
  it('W3: pauses its connection while nobody reads, and goes on when somebody does', async () => {
    const { body, tap } = bodyWithTap();
    for (let count = 0; count < 7; count++) body.push(PIECE);
    expect(tap.pause).not.toHaveBeenCalled();
    body.push(PIECE);
    body.push(PIECE);
    expect(tap.pause).toHaveBeenCalledTimes(1);
    while (body.take());
    expect(tap.resume).toHaveBeenCalledTimes(1);
  });

  it('hands on what is held before it tells of a break', async () => {
    const { body } = bodyWithTap();
    body.push(PIECE);
    body.fail(new Error('broken'));
    expect(await body.read()).toBe(PIECE);
    await expect(body.read()).rejects.toThrow('broken');
  });

  it('an abort drops what is held, a cancel ends the read under way', async () => {
    const { body, tap } = bodyWithTap();
    body.push(PIECE);
    body.abort(new Error('left'));
    await expect(body.read()).rejects.toThrow('left');
    expect(tap.close).toHaveBeenCalledTimes(1);

    const other = bodyWithTap();
    const pending = other.body.read();
    other.body.cancel();
    other.body.cancel();
    expect(await pending).toBeUndefined();
    expect(other.tap.close).toHaveBeenCalledTimes(1);
  });

  it('in any order of pushing and reading every byte comes once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant('read'), fc.uint8Array({ minLength: 1, maxLength: 9 }))),
        async (steps) => {
          const { body } = bodyWithTap();
          const pushed: number[] = [];
          const came: number[] = [];
          let reading: Promise<void> | undefined;
          for (const step of steps) {
            if (step === 'read') {
              await Promise.resolve();
              reading ??= body.read().then((bytes) => {
                came.push(...(bytes ?? []));
                reading = undefined;
              });
              continue;
            }
            const bytes = step as Uint8Array;
            pushed.push(...bytes);
            body.push(bytes);
          }
          body.end();
          await reading;
          for (let bytes = await body.read(); bytes; bytes = await body.read()) came.push(...bytes);
          expect(came).toEqual(pushed);
        },
      ),
    );
  });
});
