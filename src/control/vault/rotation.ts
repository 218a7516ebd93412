import { nextTurn } from '../../defaults/tokens/next-turn.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SealedSecret, SecretStore } from '../../ports/secret-store.ts';
import type { RotationProgress } from '../../vault-control.ts';
import { sealedPartsOf, type SealedPlace } from './envelope.ts';
import { SealError } from './seal-error.ts';
import type { Sealer } from './sealer.ts';

interface Needs {
  readonly sealer: Sealer;
  readonly store: SecretStore;
  readonly clock: Clock;
  /** Where a secret of this id stands. */
  readonly placeOf: (id: string) => SealedPlace;
}

const PAGE = 200;
/** How many are sealed at a time: a key in a service is a call away, and requests want their turn, too. */
const AT_ONCE = 8;
/** How often one secret that others change meanwhile is tried. */
const TRIES = 5;
/** Others may add secrets that are sealed with an older key while this goes on. */
const PASSES = 3;

/**
 * Seals every secret anew with the newest key. Each is put in the place of what was read and of nothing else, so several
 * processes may do it at once, and what others change meanwhile stays. How far it has got is seen at the secrets
 * themselves: one that ends in the middle is gone on with by beginning again.
 */
export class Rotation {
  readonly #needs: Needs;
  readonly #listen: (progress: RotationProgress) => void;
  readonly #failed = new Set<string>();
  #progress: RotationProgress;

  constructor(needs: Needs, listen: (progress: RotationProgress) => void) {
    this.#needs = needs;
    this.#listen = listen;
    const none = { total: 0, checked: 0, rotated: 0, current: 0, failed: 0 };
    const startedAtMs = needs.clock.now();
    this.#progress = { state: 'running', keyId: needs.sealer.keyId, ...none, startedAtMs, endedAtMs: undefined };
  }

  get progress(): RotationProgress {
    return this.#progress;
  }

  /** Resolves when it is over. Rejects with what the store rejects with; what was done by then stays. */
  async run(signal: AbortSignal): Promise<RotationProgress> {
    try {
      this.#set({ total: await this.#count(signal) });
      await this.#resealPages(() => true, signal);
      for (let pass = 1; pass < PASSES; pass++)
        if (!(await this.#resealPages((row) => this.#isLeft(row), signal))) break;
      return this.#end(signal.aborted ? 'stopped' : this.#progress.failed > 0 ? 'incomplete' : 'done');
    } catch (cause) {
      this.#end('failed');
      throw cause;
    }
  }

  async #count(signal: AbortSignal): Promise<number> {
    let count = 0;
    for await (const page of pagesOf(this.#needs.store, signal)) count += page.length;
    return count;
  }

  /** True where there were any. */
  async #resealPages(isDue: (row: SealedSecret) => boolean, signal: AbortSignal): Promise<boolean> {
    let some = false;
    for await (const page of pagesOf(this.#needs.store, signal)) {
      const due = page.filter(isDue);
      some ||= due.length > 0;
      await this.#resealAll(due, signal);
    }
    return some;
  }

  /** Sealed with an older key while this went on. */
  #isLeft({ id, sealed }: SealedSecret): boolean {
    return !this.#failed.has(id) && sealedPartsOf(sealed)?.keyId !== this.#needs.sealer.keyId;
  }

  async #resealAll(page: readonly SealedSecret[], signal: AbortSignal): Promise<void> {
    for (let from = 0; from < page.length && !signal.aborted; from += AT_ONCE) {
      const part = page.slice(from, from + AT_ONCE);
      const done = await Promise.all(part.map((row) => this.#reseal(row)));
      const { total, checked, rotated, current, failed } = this.#progress;
      this.#set({
        total: Math.max(total, checked + done.length),
        checked: checked + done.length,
        rotated: rotated + done.filter((one) => one === 'rotated').length,
        current: current + done.filter((one) => one === 'current').length,
        failed: failed + done.filter((one) => one === 'failed').length,
      });
      await nextTurn();
    }
  }

  async #reseal({ id, sealed }: SealedSecret): Promise<'rotated' | 'current' | 'failed'> {
    const { sealer, store, placeOf } = this.#needs;
    let before: string | undefined = sealed;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (before === undefined || sealedPartsOf(before)?.keyId === sealer.keyId) return 'current';
      const text = await this.#openedText(before, placeOf(id));
      if (text === undefined) break;
      if (await store.replace(id, before, await sealer.seal(text, placeOf(id)))) return 'rotated';
      before = await store.get(id);
    }
    this.#failed.add(id);
    return 'failed';
  }

  async #openedText(sealed: string, place: SealedPlace): Promise<string | undefined> {
    try {
      return await this.#needs.sealer.open(sealed, place);
    } catch (cause) {
      if (cause instanceof SealError) return undefined;
      throw cause;
    }
  }

  #end(state: RotationProgress['state']): RotationProgress {
    this.#set({ state, endedAtMs: this.#needs.clock.now() });
    return this.#progress;
  }

  #set(changed: Partial<RotationProgress>): void {
    this.#progress = { ...this.#progress, ...changed };
    this.#listen(this.#progress);
  }
}

/** All secrets, a page at a time. Ends early when it is called off. */
export async function* pagesOf(store: SecretStore, signal?: AbortSignal): AsyncGenerator<readonly SealedSecret[]> {
  let after: string | undefined;
  while (!signal?.aborted) {
    const page = await store.page(PAGE, after);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    after = page.at(-1)?.id;
  }
}
