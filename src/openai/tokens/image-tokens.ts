import { baseModelOf } from './base-model.ts';
import type { ImageSize } from './image-size.ts';

/** How closely a picture is looked at. `auto` is taken for `high`, which it is for all but the smallest pictures. */
export type ImageDetail = 'low' | 'high';

/** Tokens of a picture by the rule of one kind of models. */
type ImageRule = (size: ImageSize, detail: ImageDetail) => number;

/** What is taken for the size of a picture nobody has looked at: one behind a URL. */
const UNKNOWN_SIZE: ImageSize = { width: 1024, height: 1024 };

/** The longest that fits first. Documented rules; what is billed may differ (providers.md 12.4). */
const RULES: readonly (readonly [beginning: string, rule: ImageRule])[] = [
  ['gpt-4.1-mini', patches(1.62)],
  ['gpt-4.1-nano', patches(2.46)],
  ['gpt-4o-mini', tiles(2833, 5667)],
  ['gpt-5-mini', patches(1.62)],
  // Documented as 2.46; what was recorded fits this (16 x 16 pixels: 3 tokens).
  ['gpt-5-nano', patches(1.5, 1)],
  ['o4-mini', patches(1.72)],
  ['claude', claudeTokens],
  ['gemini', geminiTokens],
  ['gpt-5', tiles(70, 140)],
  ['o1', tiles(75, 150)],
  ['o3', tiles(75, 150)],
];

/** GPT-4o's, for all that have no rule of their own. */
const USUAL = tiles(85, 170);

/**
 * Tokens of a picture for a model by its documented rule; by that of GPT-4o for models without one. Without a size,
 * those of 1024 x 1024 pixels.
 */
export function imageTokens(model: string, size: ImageSize | undefined, detail: ImageDetail): number {
  const name = baseModelOf(model);
  const rule = RULES.find(([beginning]) => name.startsWith(beginning))?.[1] ?? USUAL;
  return rule(size ?? UNKNOWN_SIZE, detail);
}

/** `base`, and `perTile` for every 512 pixels square of the picture, shrunk to 2048 and its shorter side to 768. */
function tiles(base: number, perTile: number): ImageRule {
  return (size, detail) => {
    if (detail === 'low') return base;
    const inSquare = shrunk(size, 2048 / Math.max(size.width, size.height));
    const { width, height } = shrunk(inSquare, 768 / Math.min(inSquare.width, inSquare.height));
    return base + perTile * Math.ceil(width / 512) * Math.ceil(height / 512);
  };
}

/**
 * So many tokens for every 32 pixels square. Pictures of more than 1536 are shrunk until that many cover them, a whole
 * number of them along one side.
 */
function patches(perPatch: number, base = 0): ImageRule {
  return (size, detail) => {
    // Looked at from afar it is one picture of 512 pixels square at the most.
    const seen = detail === 'low' ? shrunk(size, 512 / Math.max(size.width, size.height)) : size;
    return Math.ceil(base + perPatch * patchesOf(seen));
  };
}

const PATCH = 32;
const MOST_PATCHES = 1536;

function patchesOf({ width, height }: ImageSize): number {
  const count = Math.ceil(width / PATCH) * Math.ceil(height / PATCH);
  if (count <= MOST_PATCHES) return count;
  const scale = Math.sqrt((PATCH * PATCH * MOST_PATCHES) / (width * height));
  const [across, down] = [(width * scale) / PATCH, (height * scale) / PATCH];
  const fitting = scale * Math.min(wholeOf(across) / across, wholeOf(down) / down);
  return Math.min(MOST_PATCHES, Math.ceil((width * fitting) / PATCH) * Math.ceil((height * fitting) / PATCH));
}

/** Of a line nothing would be left. */
function wholeOf(patchesAlong: number): number {
  return Math.max(1, Math.floor(patchesAlong));
}

/** A token for 750 pixels, the longer side at most 1568, 1600 tokens at most (Anthropic's documentation on vision). */
function claudeTokens(size: ImageSize): number {
  const { width, height } = shrunk(size, 1568 / Math.max(size.width, size.height));
  return Math.min(1600, Math.ceil((width * height) / 750));
}

/** 258 tokens for a picture of 384 pixels square, or for each tile of 768 (Google's documentation on tokens). */
function geminiTokens({ width, height }: ImageSize): number {
  if (width <= 384 && height <= 384) return 258;
  return 258 * Math.ceil(width / 768) * Math.ceil(height / 768);
}

function shrunk({ width, height }: ImageSize, scale: number): ImageSize {
  return scale >= 1 ? { width, height } : { width: width * scale, height: height * scale };
}
