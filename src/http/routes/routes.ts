import type { HttpOptions } from '../options.ts';
import { chat } from './chat.ts';
import { embeddings } from './embeddings.ts';
import { FORWARD_ROUTES } from './forward.ts';
import { health, readiness } from './health.ts';
import { listModels, oneModel } from './models.ts';
import type { Route } from './route.ts';

/** Paths with and without the version: clients put it into their base URL or leave it out. */
const EXACT: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', { POST: chat }],
  ['/chat/completions', { POST: chat }],
  ['/v1/embeddings', { POST: embeddings }],
  ['/embeddings', { POST: embeddings }],
  ...FORWARD_ROUTES,
  ['/v1/models', { GET: listModels }],
  ['/models', { GET: listModels }],
  ['/healthz', { GET: health }],
  ['/readyz', { GET: readiness }],
]);

const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];
const ONE_MODEL: Route = { GET: oneModel };
const MODEL_FOLDERS: readonly string[] = ['/v1/models/', '/models/'];

/** Every path a hub answers, without its prefix; `*` at the end stands for any rest. */
export function hubPathsOf(options: Pick<HttpOptions, 'health' | 'unversioned'> = {}): readonly string[] {
  return [...EXACT.keys(), ...MODEL_FOLDERS.map((folder) => `${folder}*`)].filter((path) => isServed(path, options));
}

/** The route of a path, if it is one of ours. */
export function routeOf(path: string, options: Pick<HttpOptions, 'health' | 'unversioned'>): Route | undefined {
  const route = EXACT.get(path) ?? (isModel(path) ? ONE_MODEL : undefined);
  return route && isServed(path, options) ? route : undefined;
}

function isModel(path: string): boolean {
  return MODEL_FOLDERS.some((folder) => path.length > folder.length && path.startsWith(folder));
}

function isServed(
  path: string,
  { health = true, unversioned = true }: Pick<HttpOptions, 'health' | 'unversioned'>,
): boolean {
  if (HEALTH_PATHS.includes(path)) return health;
  return unversioned || path.startsWith('/v1/');
}

/** The methods a path has, as the `allow` header names them. */
export function methodsOf(route: Route): string {
  return route.GET ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
}
