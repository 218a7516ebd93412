import { describe, expect, it } from 'vitest';

import { errorsOf } from '../../bench/tokens/errors.ts';
import { measureTokens } from '../../bench/tokens/measure.ts';
import { tokenReport } from '../../bench/tokens/report.ts';
import { TEXT_KINDS, textsOf } from '../../bench/tokens/texts.ts';

describe('K6: the error of the counter over texts of every kind', async () => {
  const rows = await measureTokens(40);

  it.each(rows.filter(({ way, kind }) => way !== 'guess' && kind !== 'unbroken'))(
    'is none for $kind in $way, though texts are cut',
    ({ right, largest }) => {
      expect({ right, largest }).toEqual({ right: 1, largest: 0 });
    },
  );

  it.each(rows.filter(({ way, kind }) => way !== 'guess' && kind === 'unbroken'))(
    'stays below 1 % for words without an end in $way',
    ({ mean, largest }) => {
      expect(mean).toBeLessThan(0.001);
      expect(largest).toBeLessThan(0.01);
    },
  );

  it.each(rows.filter(({ way, kind }) => way === 'guess' && kind !== 'unbroken'))(
    'of a guess stays below a quarter for $kind',
    ({ mean }) => {
      expect(mean).toBeLessThan(0.25);
    },
  );

  it('is never hidden: no count is called exact that is not', () => {
    expect(rows.map(({ wronglyExact }) => wronglyExact)).toEqual(rows.map(() => 0));
  });

  it('has its row in the report', () => {
    const report = tokenReport(rows, [{ text: 'a prompt', tookMs: 12, besideThreadMs: 0.5, withoutThreadMs: 2 }]);
    expect(report).toContain('| Chinese | 40 |');
    expect(report).toContain('| a prompt | 12 | 0.500 | 2 |');
    expect(report).toContain('Counts called exact that were not: 0.');
  });
});

describe('the texts', () => {
  it('are the same in every run, many, and none is empty', () => {
    for (const kind of TEXT_KINDS) {
      const texts = textsOf(kind, 500);
      expect(texts).toEqual(textsOf(kind, 500));
      expect(new Set(texts).size).toBeGreaterThan(kind === 'unbroken' ? 300 : 450);
      expect(Math.min(...texts.map(({ length }) => length))).toBeGreaterThan(0);
      // Long enough to be cut.
      expect(texts.filter(({ length }) => length > 512).length).toBeGreaterThan(100);
    }
  });
});

it('errors are measured as parts of what is right', async () => {
  const counted = [
    { tokens: 5, exact: true },
    { tokens: 10, exact: true },
    { tokens: 12, exact: false },
  ];
  const texts = ['a', 'b', 'c'];
  const count = (text: string): Promise<{ tokens: number; exact: boolean }> =>
    Promise.resolve(counted[texts.indexOf(text)] ?? { tokens: 0, exact: false });
  const errors = await errorsOf(texts, () => 10, count, 'm');
  expect(errors).toMatchObject({ texts: 3, tokens: 30, right: 1 / 3, p95: 0.5, largest: 0.5, wronglyExact: 1 });
  expect(errors.mean).toBeCloseTo(0.7 / 3);
});
