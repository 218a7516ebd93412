/** For programs that call a hub over HTTP. Nothing of the hub comes along: it runs wherever `fetch` and `crypto` do. */
export { signingFetch, signRequest } from './sign-request.ts';
export type { Signer } from './sign-request.ts';
