import type { KeyStore, StoredKey } from '../ports/key-store.ts';

/** Keeps personal keys in the memory of this process, for as many hubs as are given the same: they end with it. */
export function memoryKeyStore(): KeyStore {
  return new MemoryKeyStore();
}

class MemoryKeyStore implements KeyStore {
  readonly #keys = new Map<string, StoredKey>();
  readonly #byDigest = new Map<string, string>();
  #version = 0;

  find(digests: readonly string[]): StoredKey | undefined {
    const id = digests.map((digest) => this.#byDigest.get(digest)).find((one) => one !== undefined);
    return id === undefined ? undefined : this.#keys.get(id);
  }

  get(id: string): StoredKey | undefined {
    return this.#keys.get(id);
  }

  page(limit: number, after?: string): StoredKey[] {
    const ids = [...this.#keys.keys()].filter((id) => after === undefined || id > after).sort();
    return ids.slice(0, limit).flatMap((id) => this.#keys.get(id) ?? []);
  }

  put(key: StoredKey): boolean {
    const before = this.#keys.get(key.id);
    if ((before?.version ?? 0) !== key.version - 1) return false;
    for (const { digest } of key.secrets)
      if ((this.#byDigest.get(digest) ?? key.id) !== key.id) throw new Error('Another key has this digest.');
    const lastUsedAtMs = laterOf(before?.lastUsedAtMs, key.lastUsedAtMs);
    // A copy, as of any store that is elsewhere.
    const kept = structuredClone({ ...key, lastUsedAtMs });
    if (before) this.#forget(before);
    this.#keys.set(key.id, kept);
    for (const { digest } of kept.secrets) this.#byDigest.set(digest, key.id);
    this.#version += 1;
    return true;
  }

  remove(id: string): boolean {
    const before = this.#keys.get(id);
    if (!before) return false;
    this.#forget(before);
    this.#keys.delete(id);
    this.#version += 1;
    return true;
  }

  version(): number {
    return this.#version;
  }

  used(at: ReadonlyMap<string, number>): void {
    for (const [id, atMs] of at) {
      const key = this.#keys.get(id);
      if (key) this.#keys.set(id, { ...key, lastUsedAtMs: laterOf(key.lastUsedAtMs, atMs) });
    }
  }

  #forget({ secrets }: StoredKey): void {
    for (const { digest } of secrets) this.#byDigest.delete(digest);
  }
}

function laterOf(one: number | null | undefined, other: number | null): number | null {
  if (one === undefined || one === null) return other;
  return other === null ? one : Math.max(one, other);
}
