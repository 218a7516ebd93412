/** What a request may ask of the cache, in the words of HTTP (RFC 9111). */
export const CACHE_WISHES = ['no-store', 'no-cache', 'only-if-cached'] as const;

/**
 * `no-store`: neither answered from the cache nor kept in it. `no-cache`: asked anew, and the new answer is kept.
 * `only-if-cached`: answered from the cache or not at all.
 */
export type CacheWish = (typeof CACHE_WISHES)[number];

export const CACHE_WISH_RULE = `one of ${CACHE_WISHES.join(', ')}`;

export function isCacheWish(value: unknown): value is CacheWish {
  return CACHE_WISHES.some((wish) => wish === value);
}
