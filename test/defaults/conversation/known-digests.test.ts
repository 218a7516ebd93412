import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { KnownDigests } from '../../../src/defaults/conversation/known-digests.ts';

const BOUNDS = { shortest: 512, longest: 64_000, kept: 1_000_000 };
const digestOf = (kind: string, text: string): string => `${kind} ${text.slice(0, 8)} ${text.length}`;
const textOf = (number: number, length = 10_000): string => `${number}`.padStart(8, '0').padEnd(length, 'x');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('digests that are known', () => {
  it('are those that texts have, whatever was asked for before', () => {
    const known = new KnownDigests(BOUNDS);
    const asked = fc.record({
      kind: fc.constantFrom('user', 'assistant', ''),
      number: fc.nat(300),
      length: fc.constantFrom(8, 511, 512, 9_000, 64_000, 64_001),
    });
    fc.assert(
      fc.property(fc.array(asked), (all) => {
        for (const { kind, number, length } of all) {
          const text = textOf(number, length);
          expect(known.of(kind, text, digestOf)).toBe(digestOf(kind, text));
        }
      }),
    );
  });

  it('are not made again, where their texts are neither short nor very long', () => {
    const make = vi.fn(digestOf);
    const known = new KnownDigests(BOUNDS);
    for (let time = 0; time < 3; time++)
      for (let number = 0; number < 50; number++) known.of('user', textOf(number), make);
    expect(make).toHaveBeenCalledTimes(50);
    for (const length of [511, 64_001]) for (let time = 0; time < 2; time++) known.of('user', textOf(1, length), make);
    expect(make).toHaveBeenCalledTimes(54);
  });

  it('are their own, also where texts can hardly be told from each other', () => {
    const known = new KnownDigests(BOUNDS);
    const alike = Array.from({ length: 500 }, (_, place) => `${'x'.repeat(place)}y`.padEnd(500, 'x') + 'x'.repeat(12));
    const placeOfY = (_kind: string, text: string): string => String(text.indexOf('y'));
    for (let time = 0; time < 2; time++)
      for (const [place, text] of alike.entries()) expect(known.of('user', text, placeOfY)).toBe(String(place));
  });

  it('go when as many others came, but not those that are asked for', () => {
    const make = vi.fn(digestOf);
    const known = new KnownDigests(BOUNDS);
    const [wanted, unwanted] = [textOf(1_000), textOf(1_001)];
    known.of('user', unwanted, make);
    for (let number = 0; number < 400; number++) {
      known.of('user', textOf(number), make);
      known.of('user', wanted, make);
    }
    expect(make.mock.calls.filter(([, text]) => text === wanted)).toHaveLength(1);
    known.of('user', unwanted, make);
    expect(make.mock.calls.filter(([, text]) => text === unwanted)).toHaveLength(2);
  });

  it('go no sooner because one of them pushes another out that can hardly be told from it', () => {
    const make = vi.fn(digestOf);
    const known = new KnownDigests(BOUNDS);
    const others = Array.from({ length: 10 }, (_, number) => textOf(number, 5_000));
    const alike = ['a', 'b'].map((letter) => `${'x'.repeat(30_010)}${letter}`.padEnd(60_000, 'x'));
    for (const text of others) known.of('user', text, make);
    for (let time = 0; time < 40; time++) for (const text of alike) known.of('user', text, make);
    make.mockClear();
    for (const text of others) known.of('user', text, make);
    expect(make).not.toHaveBeenCalled();
  });

  it('are known of one text as several kinds', () => {
    const make = vi.fn(digestOf);
    const known = new KnownDigests(BOUNDS);
    for (let time = 0; time < 10; time++) for (const kind of ['user', 'tool', '']) known.of(kind, textOf(1), make);
    expect(make).toHaveBeenCalledTimes(3);
  });

  it('keep nothing alive of what their texts were cut out of', () => {
    const known = new KnownDigests(BOUNDS);
    const used = (): number => {
      collectGarbage();
      return process.memoryUsage().heapUsed / 1e6;
    };
    const before = used();
    for (let number = 0; number < 200; number++) {
      const whole = Buffer.alloc(500_000, `${number} of many `).toString('latin1');
      known.of('user', whole.slice(1_000, 3_000), digestOf);
    }
    expect(used() - before).toBeLessThan(10);
  });
});
