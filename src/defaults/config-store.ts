import type { ConfigStore, StoredEpoch } from '../ports/config-store.ts';

/** Epochs kept. */
const MOST_EPOCHS = 200;

/** Keeps configurations in the memory of this process, for all hubs in it that are given the same. */
export function memoryConfigStore(): ConfigStore {
  let epochs: readonly StoredEpoch[] = [];
  const newest = (): number => epochs.at(-1)?.number ?? 0;
  return {
    newest: async () => newest(),
    epoch: async (number) => epochs.find((epoch) => epoch.number === number),
    history: async ({ before = Infinity, limit }) =>
      epochs
        .filter(({ number }) => number < before)
        .slice(-limit)
        .reverse()
        .map(({ number, atMs, by, note }) => ({ number, atMs, by, note })),
    async append(epoch) {
      if (epoch.number !== newest() + 1) return false;
      epochs = [...epochs.slice(1 - MOST_EPOCHS), epoch];
      return true;
    },
  };
}
