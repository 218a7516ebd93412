/** 32 bits of a text (FNV-1a over its code units). */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place++) hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return hash >>> 0;
}

/** A number in (0, 1) for each pair, spread as if it were drawn (two rounds of murmur3's finalizer). */
export function scatter(one: number, other: number): number {
  return ((mixed(mixed(one) ^ other) >>> 0) + 0.5) / 0x1_0000_0000;
}

function mixed(hash: number): number {
  let bits = hash;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
