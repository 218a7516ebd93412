import { describe, expect, it } from 'vitest';
import { memoryQuota } from 'nexusai-hub';
import { quotaCases } from 'nexusai-hub/testing';

describe('memoryQuota does what every quota has to do', () => {
  for (const { name, run, skipped } of quotaCases(memoryQuota)) it.skipIf(skipped !== undefined)(name, run);
});

describe('the cases themselves', () => {
  it('say when a skip is wrong', () => {
    expect(() => quotaCases(memoryQuota, { skip: { nonsense: 'why' } })).toThrow(/skip\["nonsense"\] names no case/);
    expect(() => quotaCases(memoryQuota, { skip: { 'rate-any-window': '' } })).toThrow(/needs a reason/);
  });

  it('are left out only where time cannot be turned, or where nobody counts along', () => {
    const skipped = (options: Parameters<typeof quotaCases>[1]): string[] =>
      quotaCases(memoryQuota, options).flatMap(({ id, skipped: reason }) => (reason === undefined ? [] : [id]));
    expect(skipped({})).toEqual(['shared-exact']);
    expect(skipped({ isShared: true })).toEqual([]);
    expect(skipped({ isShared: true, time: 'real' })).toEqual([
      'rate-any-window',
      'rate-evenly',
      'rate-wait-exact',
      'budget-days',
      'budget-over-midnight',
    ]);
  });
});
