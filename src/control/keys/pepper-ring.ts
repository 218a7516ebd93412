import { createHmac } from 'node:crypto';
import type { Pepper } from '../vault/pepper.ts';

/** Where peppers come from: the newest first. */
export type PepperSource = () => readonly Pepper[] | Promise<readonly Pepper[]>;

/** What keys are kept as. A new one gets the newest pepper; the digest says which it was, so that older ones count, too. */
export class PepperRing {
  readonly #source: PepperSource;

  constructor(source: PepperSource) {
    this.#source = source;
  }

  /** What this secret is kept as from now on. */
  async digestOf(secret: string): Promise<string> {
    const [newest] = await this.digestsOf(secret);
    if (newest === undefined) throw new Error('There is no pepper to keep keys with.');
    return newest;
  }

  /** What this secret may have been kept as, by the newest pepper first. */
  async digestsOf(secret: string): Promise<string[]> {
    const peppers = await this.#source();
    return peppers.map(({ id, bytes }) => `${id}.${createHmac('sha256', bytes).update(secret).digest('base64url')}`);
  }
}
