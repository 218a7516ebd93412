import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PERSONAL_DATA } from '../../src/masking/personal-data.ts';
import { textMask } from '../../src/masking/text-mask.ts';
import { KNOWN_KEYS, NAMED_VALUES } from './known-keys.ts';

const mask = textMask();
const personal = textMask(Object.values(PERSONAL_DATA));

const LETTERS = Array.from('aZ09 -_/.,:;\'"=\n{}[]()<>&?#@!\\$密钥是，。');

/** Whatever may stand around a key, letters of keys among them. */
const around = fc
  .array(fc.oneof(fc.constantFrom(...LETTERS), fc.string({ unit: 'grapheme', maxLength: 5 })), { maxLength: 30 })
  .map((parts) => parts.join(''));

/** Text as people and programs write it. */
const WORDS =
  'the a model answers 模型 回答 问题 please choose password token secret key basic task risk disk of 2026 99.9% request 请求 令牌 数 is 密码 太短 asks sk-learn pk skip "quoted" (bracketed) it’s e.g. user@ 12:30 3.14 gpt-4o-mini ernie-4.5-turbo-128k 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b tokens: max_tokens a=b /v1/chat/completions https://example.com/v1?limit=10 http://127.0.0.1:8001/v1 x-request-id 杭州 👋🏽 risk-adjusted task-management desk-bound'.split(
    ' ',
  );

describe('X1: a key is masked, whatever stands around it', () => {
  it.each(Object.entries(KNOWN_KEYS))('%s', (_what, keys) => {
    fc.assert(
      fc.property(around, keys, around, (before, { text, canary }, behind) => {
        const safe = mask(before + text + behind);
        for (let start = 0; start + 12 <= canary.length; start += 6)
          expect(safe).not.toContain(canary.slice(start, start + 12));
      }),
      { numRuns: 300 },
    );
  });
});

describe('X1: what is named a secret is masked, whatever it looks like', () => {
  const values = fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019')), minLength: 8, maxLength: 40 });

  it.each(Object.entries(NAMED_VALUES))('in %s', (_what, written) => {
    fc.assert(
      fc.property(around, values, around, (before, value, behind) => {
        fc.pre(!before.endsWith('-----') && !before.includes(value) && !behind.includes(value));
        expect(mask(`${before}\n${written(`q${value}1`)}\n${behind}`)).not.toContain(value);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['X2: a query keeps its names', '/v1/models?key=abc&alt=sse', '/v1/models?key=[secret]&alt=sse'],
    ['a header keeps its name', 'x-api-key: abc123', 'x-api-key: [secret]'],
    ['JSON stays JSON', '{"api_key":"it\\"s","b":1}', '{"api_key":"[secret]","b":1}'],
    ['a URL keeps its host', 'postgres://u:p%40ss@db.example/x', 'postgres://[secret]@db.example/x'],
    ['a password with an at', 'redis://:p@ss@redis.example:6379', 'redis://[secret]@redis.example:6379'],
    ['basic credentials', 'sent Basic dXNlcjpwYXNzd29yZA== there', 'sent [secret] there'],
    ['several', 'sk-aaaaaaaa1 and gsk_aaaaaaaaaaaaaaaaaaaa', '[secret] and [secret]'],
    ['what is shortened', 'Incorrect API key provided: sk-proj-****abcd.', 'Incorrect API key provided: [secret].'],
  ])('%s', (_what, text, safe) => {
    expect(mask(text)).toBe(safe);
  });
});

describe('ordinary text', () => {
  it('stays as it is', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...WORDS), { maxLength: 40 }), (words) => {
        const text = words.join(' ');
        expect(mask(text)).toBe(text);
        expect(personal(text)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    'The password: please choose a new one.',
    'The bearer of this letter may use basic understanding and token counting.',
    'A secret: nobody knows. Tokens: 1234567, token: many',
    '令牌：请联系管理员。密码：太短，请重新输入。',
    '请先阅读文档，然后设置密钥。模型 ernie-4.5-turbo-128k 的回答共 1,234 个 token，用时 1690000000123 毫秒。',
    'task-management-system, risk-adjusted returns, disk-encryption-at-rest, desk-research-2024',
    'request 0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b failed after 250 ms: connect ECONNREFUSED 127.0.0.1:8001',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'mk_0123456789abcdef seals, $nx1$mk_0123456789abcdef$ is how it begins',
    'see https://example.com:8443/users/@me and http://user.example/x@y',
  ])('stays as it is: %s', (text) => {
    expect(personal(text)).toBe(text);
  });
});

describe('personal data', () => {
  it.each([
    ['13812345678', '[phone]'],
    ['打电话13812345678。', '打电话[phone]。'],
    ['+86 138-1234-5678', '[phone]'],
    ['8613812345678', '[phone]'],
    ['+1 (415) 555 2671', '[phone]'],
    ['+442071838750', '[phone]'],
    ['11010519491231002X', '[id_card]'],
    ['身份证号110105194912310021', '身份证号110105194912310021'],
    ['身份证11010519491231002x号', '身份证[id_card]号'],
    ['4111 1111 1111 1111', '[bank_card]'],
    ['4111-1111-1111-1111 123', '[bank_card] 123'],
    ['卡号6222021234567890128', '卡号[bank_card]'],
    ['4111111111111112', '4111111111111112'],
    ['a.b+c@example.co.uk,x', '[email],x'],
    ['联系zhang@例子.中国', '联系zhang@例子.中国'],
  ])('%s becomes %s', (text, safe) => {
    expect(personal(text)).toBe(safe);
  });

  it('is left where nobody asked', () => {
    expect(mask('13812345678 11010519491231002X 4111111111111111 a@example.com')).toBe(
      '13812345678 11010519491231002X 4111111111111111 a@example.com',
    );
  });
});

describe('a mask', () => {
  it('cuts what is long, and leaves no part of a key at the cut', () => {
    for (let shift = 0; shift < 120; shift++) {
      const safe = mask(
        `${'x '.repeat(4_090)}${'y'.repeat(shift)} sk-proj-CANARY${'a1B2'.repeat(30)} ${'z'.repeat(100)}`,
      );
      expect(safe.length).toBeLessThanOrEqual(8_193);
      expect(safe).not.toContain('CANARY');
    }
  });

  it('does not look for long, whatever it is given', () => {
    const hard = ['://', 'eyJ', 'a@', 'password', 'password: ', 'sk-', '-----BEGIN PRIVATE KEY-----', '1 ', '\\"', 'x'];
    for (const text of hard) {
      const from = performance.now();
      personal(text.repeat(1e6 / text.length));
      expect(performance.now() - from).toBeLessThan(10_000);
    }
  });
});
