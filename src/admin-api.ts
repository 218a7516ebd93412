import type { Gateway } from './gateway.ts';
import { Keys } from './keys-api.ts';

/** `hub.admin`: what is changed of a hub while it runs. Over HTTP it is the admin API. */
export class Admin {
  /** Personal keys. */
  readonly keys: Keys;

  constructor(gateway: Gateway) {
    this.keys = new Keys(gateway);
  }
}
