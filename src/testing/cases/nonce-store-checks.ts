import type { NonceStore } from '../../ports/nonce-store.ts';
import { ODD_TEXTS } from './odd-texts.ts';
import { expectSame } from './reading.ts';

/** What a nonce store has to do, asked of two stores over one place. */
interface NonceStoreCheck {
  readonly name: string;
  readonly check: (store: NonceStore, other: NonceStore, wait: (ms: number) => Promise<void>) => Promise<void>;
}

/** Short enough to wait for. What has to be known still has a hundred times as long: a machine may have other work. */
const TTL_MS = 400;

/** Checks by the ids of their cases. */
export const nonceStoreChecks: Readonly<Record<string, NonceStoreCheck>> = {
  once: {
    name: 'a nonce is new once, whoever shows it next',
    check: async (store, other) => {
      expectSame('the first', await store.claim('a', 60_000), true);
      expectSame('the same again', await store.claim('a', 60_000), false);
      expectSame('the same in another process', await other.claim('a', 60_000), false);
      expectSame('another', await other.claim('b', 60_000), true);
      expectSame('the other again', await store.claim('b', 1), false);
    },
  },
  texts: {
    name: 'nonces may be any text',
    check: async (store, other) => {
      const texts = ODD_TEXTS.flatMap((text) => [text, `${text}.`]);
      for (const text of texts) expectSame(`the first ${text}`, await store.claim(text, 60_000), true);
      for (const text of texts) expectSame(`the second ${text}`, await other.claim(text, 60_000), false);
    },
  },
  race: {
    name: 'of many that show a nonce at once one is told that it is new',
    check: async (store, other) => {
      const shown = Array.from({ length: 100 }, async (_, place) =>
        (place % 2 === 0 ? store : other).claim('a', 60_000),
      );
      expectSame('new', (await Promise.all(shown)).filter(Boolean).length, 1);
    },
  },
  kept: {
    name: 'a nonce is remembered for its time, however short that of others is',
    check: async (store, other, wait) => {
      await store.claim('long', 100 * TTL_MS);
      await store.claim('short', TTL_MS);
      expectSame('long before the end of short', await other.claim('long', TTL_MS), false);
      await wait(TTL_MS + 50);
      await store.claim('more', TTL_MS);
      expectSame('long after the end of short', await other.claim('long', TTL_MS), false);
    },
  },
};
