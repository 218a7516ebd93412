import { inspect } from 'node:util';

import fc from 'fast-check';
import type { Logger } from 'nexusai-hub/ports';
import { Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { NexusError } from '../../src/errors.ts';
import { type MaskOption, maskingLogger } from '../../src/masking/masking-logger.ts';
import { recordingLogger } from '../data/recording-logger.ts';

const KEY = 'sk-proj-CANARYabcdef0123456789';

/** What becomes of a record. */
function logged(record: object, mask: readonly MaskOption[] = [], message = 'words') {
  const { logger, lines } = recordingLogger();
  maskingLogger(logger, { mask }).warn(record, message);
  return lines[0] ?? [];
}

/** A value with a canary in it, however deep. */
const canaries: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<unknown>(KEY, `x ${KEY}`, new Secret(KEY), Buffer.from(KEY), new TextEncoder().encode(KEY), new URL(`https://u:${KEY}@a.example/?key=${KEY}`), 1, null, undefined, true, 10n), // prettier-ignore
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom('a', 'authorization', '__proto__', 'constructor', KEY), tie('value'), { maxKeys: 4 }),
    tie('value').map((value) => new Map([['m', value]])),
    tie('value').map((value) => new Set([value])),
    tie('value').map((cause) => new Error(`failed with ${KEY}`, { cause })),
    tie('value').map((value) => Object.assign(new NexusError('internal', KEY), { value })),
    fc.constant(new Headers({ authorization: `Bearer ${KEY}` })),
  ),
})).value;

describe('a masking logger', () => {
  it('X1: lets no key through, however deep it is', () => {
    fc.assert(
      fc.property(canaries, (value) => {
        const [, message, record] = logged({ value, list: [value] }, [], `of ${KEY}`);
        for (const text of [inspect(record, { depth: 30, showHidden: true }), JSON.stringify(record), message])
          expect(text).not.toContain('CANARY');
        expect({}).not.toHaveProperty('polluted');
      }),
      { numRuns: 500 },
    );
  });

  it('X1: hides whole what is named a secret', () => {
    const named = { apiKey: 'a', client_secret: 'b', 'X-Api-Key': 'c', password: 'd', headers: { Authorization: 'e', cookie: ['f'] }, rawHeaders: ['Host', 'h', 'Authorization', 'i'], keys: ['j'], token: Buffer.from('k') }; // prettier-ignore
    expect(logged(named)[2]).toEqual({
      apiKey: '[secret]',
      client_secret: '[secret]',
      'X-Api-Key': '[secret]',
      password: '[secret]',
      headers: { Authorization: '[secret]', cookie: ['[secret]'] },
      rawHeaders: ['Host', 'h', 'Authorization', '[secret]'],
      keys: ['[secret]'],
      token: '[secret]',
    });
  });

  it('leaves what is no secret, and changes nothing of what it was given', () => {
    const at = new Date(0);
    const record = {
      requestId: 'r-1',
      keyId: 'mk_1',
      tokens: 5,
      max_tokens: 7,
      on: true,
      none: null,
      at,
      list: [1, 'a'],
    };
    const frozen = Object.freeze({ ...record, list: Object.freeze(record.list) });
    expect(logged(frozen)[2]).toEqual({ ...record, at: at.toISOString() });
    expect(frozen).toEqual(record);
  });

  it('gives errors as errors, with their causes and what else they know', () => {
    const inner = Object.assign(new Error(`inner ${KEY}`), { code: 'ECONNREFUSED', apiKey: 'x' });
    const [, , record = {}] = logged({ cause: new NexusError('internal', 'outer', {}, inner) });
    const { cause } = record;
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ name: 'NexusError', message: 'outer', code: 'internal' });
    expect(cause).toHaveProperty('cause.message', 'inner [secret]');
    expect(cause).toHaveProperty('cause.code', 'ECONNREFUSED');
    expect(cause).toHaveProperty('cause.apiKey', '[secret]');
    expect((cause as Error).stack).toContain('masking-logger.test.ts');
  });

  it('is bounded: in depth, in width, in length, in circles', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    let deep: object = {};
    for (let level = 0; level < 1_000; level++) deep = { deep };
    const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, place) => [`n${place}`, place]));
    const bushy = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => ({ a: { b: 'c' } })));
    const [, , record] = logged({ circle, deep, wide, bushy, long: 'x'.repeat(1e6), list: Array(1e5).fill(0) });
    const text = JSON.stringify(record);
    expect(text).toContain('[circular]');
    expect(text).toContain('[more]');
    expect(text.length).toBeLessThan(300_000);
  });

  it('logs the rest where something cannot be read', () => {
    const hostile = { fine: 1, bad: Object.defineProperty({}, 'x', { enumerable: true, get: () => { throw new Error('no'); } }) }; // prettier-ignore
    expect(logged(hostile)[2]).toEqual({ fine: 1, bad: '[unreadable]' });
  });

  it('masks personal data and patterns of the owner where it is told to, in numbers, too', () => {
    const mask: MaskOption[] = ['phone', 'email', { name: 'staff', pattern: 'EMP-\\d{6}' }, { name: 'case_id', pattern: /case \d+/i }]; // prettier-ignore
    const record = {
      text: '张三 13812345678 a@example.com EMP-123456 CASE 7',
      phone: 13812345678,
      big: 1_690_000_000_123,
    };
    expect(logged(record, mask)[2]).toEqual({
      text: '张三 [phone] [email] [staff] [case_id]',
      phone: '[phone]',
      big: 1_690_000_000_123,
    });
    expect(logged(record)[2]).toEqual(record);
  });

  it.each<[wrong: string, option: unknown, says: string]>([
    ['a kind there is not', 'passport', 'phone, id_card, email, bank_card'],
    ['a name that is none', { name: 'A B', pattern: 'x' }, 'small letters'],
    ['a pattern that looks for ever', { name: 'bad', pattern: '(a+)+$' }, '"bad": the pattern'],
  ])('refuses %s', (_wrong, option, says) => {
    const { logger } = recordingLogger();
    expect(() => maskingLogger(logger, { mask: [option as MaskOption] })).toThrow(says);
  });

  it('asks loggers that can tell, and spares itself the work', () => {
    const { logger, lines } = recordingLogger();
    const pino: Logger = Object.assign(logger, { isLevelEnabled: (level: string) => level !== 'debug' });
    let looked = 0;
    const record = { get a() { return ++looked; } }; // prettier-ignore
    maskingLogger(pino).debug(record, 'quiet');
    expect([looked, lines.length]).toEqual([0, 0]);
    maskingLogger(pino).info(record, 'told');
    expect([looked, lines.length]).toEqual([1, 1]);
  });

  it('is not put on twice', () => {
    const once = maskingLogger(recordingLogger().logger);
    expect(maskingLogger(once)).toBe(once);
    expect(maskingLogger(once, { mask: ['phone'] })).not.toBe(once);
  });
});
