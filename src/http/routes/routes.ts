import { chat } from './chat.ts';
import { embeddings } from './embeddings.ts';
import { health, readiness } from './health.ts';
import { listModels, oneModel } from './models.ts';
import type { Route } from './route.ts';

/** Paths with and without the version: clients put it into their base URL or leave it out. */
const EXACT: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', { POST: chat }],
  ['/chat/completions', { POST: chat }],
  ['/v1/embeddings', { POST: embeddings }],
  ['/embeddings', { POST: embeddings }],
  ['/v1/models', { GET: listModels }],
  ['/models', { GET: listModels }],
  ['/healthz', { GET: health }],
  ['/readyz', { GET: readiness }],
]);

const ONE_MODEL: Route = { GET: oneModel };
const MODEL_FOLDERS: readonly string[] = ['/v1/models/', '/models/'];

/** Every path the hub answers; `*` at the end stands for any rest. For frameworks that route themselves. */
export const HUB_PATHS: readonly string[] = [...EXACT.keys(), ...MODEL_FOLDERS.map((folder) => `${folder}*`)];

/** The route of a path, if it is one of ours. */
export function routeOf(path: string): Route | undefined {
  const route = EXACT.get(path);
  if (route) return route;
  return MODEL_FOLDERS.some((folder) => path.length > folder.length && path.startsWith(folder)) ? ONE_MODEL : undefined;
}

/** The methods a path has, as the `allow` header names them. */
export function methodsOf(route: Route): string {
  return route.GET ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
}
