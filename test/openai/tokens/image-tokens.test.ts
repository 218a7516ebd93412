import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { imageSizeOf } from '../../../src/openai/tokens/image-size.ts';
import { imageTokens } from '../../../src/openai/tokens/image-tokens.ts';
import { TOKEN_VECTORS } from '../../token-vectors.ts';

describe('imageTokens', () => {
  it.each(TOKEN_VECTORS.images.rows)('K6: counts $width x $height by the documented rules', (row) => {
    const size = { width: row.width, height: row.height };
    expect(imageTokens('gpt-4o', size, 'low')).toBe(row['tile_low']);
    for (const model of ['gpt-4o', 'gpt-4.1', 'openai/gpt-4.5-preview', 'qwen-vl-max'])
      expect(imageTokens(model, size, 'high')).toBe(row['tile_high']);
    for (const model of ['gpt-4.1-mini', 'gpt-4.1-nano', 'o4-mini'])
      expect(imageTokens(`${model}-2025-04-16`, size, 'high'), model).toBe(row[model]);
  });

  it.each([
    ['gpt-4o-mini', 2833 + 4 * 5667],
    ['o1', 75 + 4 * 150],
    ['gpt-5.1', 70 + 4 * 140],
    ['gpt-5-mini', Math.ceil(1.62 * 1024)],
    ['gpt-5-nano', 1.5 * 1024 + 1],
    ['claude-sonnet-4', Math.ceil(1024 ** 2 / 750)],
    ['gemini-2.5-pro', 4 * 258],
  ])('knows the rule of %s, and takes 1024 pixels square for a picture nobody has seen', (model, tokens) => {
    expect(imageTokens(model, { width: 1024, height: 1024 }, 'high')).toBe(tokens);
    expect(imageTokens(model, undefined, 'high')).toBe(tokens);
  });

  it('counts small and huge pictures of Claude and Gemini', () => {
    expect(imageTokens('claude-3', { width: 20_000, height: 20_000 }, 'high')).toBe(1600);
    expect(imageTokens('gemini-2.5-flash', { width: 384, height: 384 }, 'high')).toBe(258);
    expect(imageTokens('gemini-2.5-flash', { width: 385, height: 10 }, 'high')).toBe(258);
    expect(imageTokens('gemini-2.5-flash', { width: 769, height: 10 }, 'high')).toBe(516);
  });

  it('M1: keeps every picture within bounds', () => {
    const side = fc.integer({ min: 1, max: 2 ** 31 });
    fc.assert(
      fc.property(side, side, (width, height) => {
        for (const model of ['gpt-4o', 'gpt-4.1-mini', 'gpt-5-nano', 'o4-mini', 'claude-3']) {
          const [low, high] = (['low', 'high'] as const).map((detail) => imageTokens(model, { width, height }, detail));
          expect(low).toBeGreaterThan(0);
          expect(high).toBeGreaterThanOrEqual(low ?? 0);
          expect(high).toBeLessThan(4_000);
        }
      }),
    );
  });
});

function dataUrl(type: string, bytes: number[] | Buffer): string {
  return `data:image/${type};base64,${Buffer.from(bytes).toString('base64')}`;
}

const text = (word: string): number[] => [...Buffer.from(word, 'latin1')];
const PNG = [0x89, ...text('PNG\r\n\x1a\n'), 0, 0, 0, 13, ...text('IHDR'), 0, 0, 1, 0x2c, 0, 0, 0, 200, 8, 6];
const GIF = [...text('GIF87a'), 0x2c, 1, 200, 0, 0, 0];
const webp = (kind: string, bytes: number[]): number[] => [
  ...text('RIFF'),
  0,
  0,
  0,
  0,
  ...text('WEBP'),
  ...text(kind),
  ...bytes,
];
const VP8 = webp('VP8 ', [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x2c, 0x41, 200, 0]);
// 299 in 14 bits, then 199 in 14 bits.
const LOSSLESS = (299 | (199 << 14)) >>> 0;
const VP8L = webp('VP8L', [
  0,
  0,
  0,
  0,
  0x2f,
  ...[0, 8, 16, 24].map((shift) => (LOSSLESS >>> shift) & 255),
  ...Array<number>(8).fill(0),
]);
const VP8X = webp('VP8X', [10, 0, 0, 0, 0, 0, 0, 0, 0x2b, 1, 0, 199, 0, 0, 0, 0]);
const frame = (marker: number): number[] => [0xff, marker, 0, 17, 8, 0, 200, 1, 0x2c, 3, 0, 0];
const segment = (marker: number, length: number): number[] => [
  0xff,
  marker,
  (length + 2) >> 8,
  (length + 2) & 255,
  ...Array<number>(length).fill(0),
];

describe('imageSizeOf', () => {
  it.each([
    ['PNG', dataUrl('png', PNG)],
    ['GIF', dataUrl('gif', GIF)],
    ['WebP', dataUrl('webp', VP8)],
    ['WebP without loss', dataUrl('webp', VP8L)],
    ['extended WebP', dataUrl('webp', VP8X)],
    ['JPEG', dataUrl('jpeg', [0xff, 0xd8, ...frame(0xc0)])],
    [
      'progressive JPEG behind a preview and tables',
      dataUrl('jpeg', [0xff, 0xd8, ...segment(0xe1, 60_000), ...segment(0xc4, 9), ...frame(0xc2)]),
    ],
    ['JPEG with filling and lone markers', dataUrl('jpeg', [0xff, 0xd8, 0xff, 0x01, 0xff, 0xff, ...frame(0xc1)])],
    [
      'a URL in capitals with parameters',
      dataUrl('png', PNG).replace('data:image/png', 'DATA:image/PNG;charset=utf-8'),
    ],
  ])('reads %s', (_name, url) => {
    expect(imageSizeOf(url)).toEqual({ width: 300, height: 200 });
  });

  it.each([
    ['a remote picture', 'https://example.com/a.png'],
    ['something else', dataUrl('png', text('not a picture at all, but long enough for one'))],
    ['a picture cut short', dataUrl('png', PNG.slice(0, 18))],
    ['a JPEG without a frame', dataUrl('jpeg', [0xff, 0xd8, ...segment(0xe0, 20)])],
    ['a JPEG that runs into nothing', dataUrl('jpeg', [0xff, 0xd8, 0xff, 0xe0, 0, 0, 1, 2, 3, 4, 5, 6])],
    ['a picture without a side', dataUrl('gif', [...text('GIF89a'), 0, 0, 9, 0, 0, 0])],
    ['text that is no base64', 'data:image/svg+xml,<svg/>'],
    ['nothing', ''],
  ])('knows no size of %s', (_name, url) => {
    expect(imageSizeOf(url)).toBeUndefined();
  });

  it('K5: never fails, and looks at the head only', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(PNG, GIF, VP8, VP8L, VP8X, [0xff, 0xd8]),
        fc.uint8Array({ maxLength: 40 }),
        (head, tail) => {
          const cut = head.slice(0, tail.length);
          expect(() => imageSizeOf(dataUrl('any', [...cut, ...tail]))).not.toThrow();
        },
      ),
    );
    const late = [0xff, 0xd8, ...Array.from({ length: 6 }, () => segment(0xe2, 60_000)).flat(), ...frame(0xc0)];
    expect(imageSizeOf(dataUrl('jpeg', late))).toBeUndefined();
  });
});
