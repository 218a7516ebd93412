/** Conversations in anything that Keyv keeps: memory, SQLite, Redis and whatever else has an adapter for it. */
export type { KeyvLike } from './keyv/documents.ts';
export { keyvSessionStore } from './keyv/session-store.ts';
