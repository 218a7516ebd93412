/** The HTTP API of a hub, for authors of server adapters. */
export type { Gateway } from '../gateway.ts';
export { answerClientError } from './client-error.ts';
export type { AnswerHeaders, EventSink, Exchange } from './exchange.ts';
export { createFetch } from './fetch.ts';
export type { HubFetch } from './fetch.ts';
export { createHandler } from './handler.ts';
export type { Handler } from './handler.ts';
export { nodeHandler } from './node-handler.ts';
export type { NodeHandler } from './node-handler.ts';
export { nodeServer } from './node-server.ts';
export { httpSettingsOf } from './options.ts';
export type { HttpOptions, HttpSettings } from './options.ts';
export { hubPathsOf } from './routes/routes.ts';
