import { describe, expect, it } from 'vitest';

import { boundedPattern } from '../../src/masking/bounded-pattern.ts';

describe('a pattern of an owner', () => {
  it.each([
    [String.raw`EMP-\d{6}`, 'EMP-123456'],
    ['[A-Z]{2}\\d+', 'AB123'],
    ['(?:foo|bar)-[a-z]+', 'bar-x'],
    ['工号[:：]?\\d{4,8}', '工号：12345'],
    ['(?<year>20\\d\\d)/(\\d{3})', '2026/123'],
    ['[\\]a)]{3}', 'a])'],
    ['\\w+@corp', 'me@corp'],
    ['\\u0041b', 'Ab'],
    ['a{2,}', 'aaa'],
    ['x*?y', 'xxy'],
    ['(?<!\\d)7(?=8)8', '78'],
    ['a{', 'a{'],
  ])('finds: %s', (source, text) => {
    expect(`(${text})`.replace(boundedPattern(source), '!')).toBe('(!)');
  });

  it.each([
    ['(a+)+$', 'too many ways'],
    ['(a|a)*b', 'too many ways'],
    ['(\\w+\\s?)+x', 'too many ways'],
    ['.*.*.*=', 'too many ways'],
    ['(x{0,64}){0,64}y', 'too many ways'],
    ['(a)\\1', 'refer back'],
    ['(?<n>a)\\k<n>', 'refer back'],
    ['a*', 'nothing at all'],
    ['(', 'no regular expression'],
    ['a'.repeat(501), 'at most 500'],
    ['a{1000}', '64 times'],
  ])('is refused: %s', (source, reason) => {
    expect(() => boundedPattern(source)).toThrow(reason);
  });

  it('takes the usual flags', () => {
    expect('x ABC y'.replace(boundedPattern('abc', 'i'), '!')).toBe('x ! y');
    expect(() => boundedPattern('abc', 'y')).toThrow(TypeError);
  });

  it('does not look for long at what others would look at for ever', () => {
    const from = performance.now();
    'a'.repeat(8_192).replace(boundedPattern('a+a+b'), '!');
    expect(performance.now() - from).toBeLessThan(10_000);
  });
});
