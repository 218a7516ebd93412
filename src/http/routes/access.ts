import type { Endpoint, Method } from './route.ts';

/** What can be asked for, by method and path, and what the role of whoever asks has to permit. */
export interface Access {
  readonly method: Method;
  readonly path: string;
  readonly permission: Endpoint['permission'];
  /** It goes on to a provider. */
  readonly isCall?: true;
}
