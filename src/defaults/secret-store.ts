import type { SecretStore } from '../ports/secret-store.ts';

/** Keeps sealed secrets in the memory of this process, for all hubs in it that are given the same. */
export function memorySecretStore(): SecretStore {
  const rows = new Map<string, string>();
  /** All ids in their order, until one comes or goes. */
  let ids: string[] | undefined;

  return {
    put(id, sealed) {
      if (rows.has(id)) return false;
      rows.set(id, sealed);
      ids = undefined;
      return true;
    },
    get: (id) => rows.get(id),
    page(limit, after = '') {
      ids ??= [...rows.keys()].sort(byCodeUnits);
      const from = ids.findIndex((id) => id > after);
      return from < 0 ? [] : ids.slice(from, from + limit).map((id) => ({ id, sealed: rows.get(id) ?? '' }));
    },
    replace(id, before, after) {
      if (rows.get(id) !== before) return false;
      rows.set(id, after);
      return true;
    },
    remove(id) {
      ids = undefined;
      return rows.delete(id);
    },
  };
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : 1;
}
