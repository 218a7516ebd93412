import type { HttpOptions } from '../options.ts';
import type { Access } from './access.ts';
import { ADMIN_ROUTES } from './admin-routes.ts';
import { chat } from './chat.ts';
import { embeddings } from './embeddings.ts';
import { description } from './description.ts';
import { FORWARD_ROUTES } from './forward.ts';
import { health, readiness } from './health.ts';
import { listModels, oneModel } from './models.ts';
import type { Endpoint, Method, Route, RouteTable } from './route.ts';
import { METHODS } from './route.ts';

const CHAT: Route = { POST: { permission: 'chat', isCall: true, run: chat } };
const EMBEDDINGS: Route = { POST: { permission: 'chat', isCall: true, run: embeddings } };
const MODELS: Route = { GET: { permission: 'models.read', run: listModels } };
const ONE_MODEL: Route = { GET: { permission: 'models.read', run: oneModel } };

/** Paths with and without the version: clients put it into their base URL or leave it out. Ids may hold slashes. */
const API_ROUTES: RouteTable = [
  ['/v1/chat/completions', CHAT],
  ['/chat/completions', CHAT],
  ['/v1/embeddings', EMBEDDINGS],
  ['/embeddings', EMBEDDINGS],
  ...FORWARD_ROUTES,
  ['/v1/models', MODELS],
  ['/models', MODELS],
  ['/v1/models/*', ONE_MODEL],
  ['/models/*', ONE_MODEL],
];

const OPENAPI_ROUTES: RouteTable = [
  ['/openapi.json', { GET: { permission: 'none', run: description((options) => accessOf(options)) } }],
];

const HEALTH_ROUTES: RouteTable = [
  ['/healthz', { GET: { permission: 'none', run: health } }],
  ['/readyz', { GET: { permission: 'none', run: readiness } }],
];

/** Which groups of paths are answered. */
type Groups = Pick<HttpOptions, 'health' | 'unversioned' | 'admin'>;

/** A path as the tables have it, and what it does. */
export interface Place {
  readonly path: string;
  readonly route: Route;
  readonly group: 'api' | 'health' | 'admin';
  /** Fits paths of this form; absent where the path is the form itself. */
  readonly form?: RegExp;
}

const PLACES: readonly Place[] = [
  ...placesOf(API_ROUTES, 'api'),
  ...placesOf(ADMIN_ROUTES, 'admin'),
  ...placesOf(OPENAPI_ROUTES, 'admin'),
  ...placesOf(HEALTH_ROUTES, 'health'),
];
const EXACT: ReadonlyMap<string, Place> = new Map(
  PLACES.filter(({ form }) => !form).map((place) => [place.path, place]),
);
const FORMS: readonly Place[] = PLACES.filter(({ form }) => form);

/** Every path a hub answers, without its prefix; `*` at the end stands for any rest, also for one that leads nowhere. */
export function hubPathsOf(options: Groups = {}): readonly string[] {
  return [...new Set(servedBy(options).map(({ path }) => path.replace(/\{.*$/, '*')))];
}

/** Who may ask for what, of everything a hub answers. */
export function accessOf(options: Groups = {}): readonly Access[] {
  return servedBy(options).flatMap(({ path, route }) =>
    METHODS.flatMap((method) => {
      const endpoint = route[method];
      if (!endpoint) return [];
      const isCall = 'isCall' in endpoint ? { isCall: true as const } : {};
      return [{ method, path, permission: endpoint.permission, ...isCall }];
    }),
  );
}

/** Where a path leads, if it is one of ours. */
export function placeAt(path: string, options: Groups): Place | undefined {
  const place = EXACT.get(path) ?? FORMS.find(({ form }) => form?.test(path));
  return place && isServed(place, options) ? place : undefined;
}

/** What a method of a route does; `HEAD` is answered as `GET` is. */
export function endpointIn(route: Route, method: string): Endpoint | undefined {
  if (method === 'HEAD') return route.GET;
  return isMethod(method) ? route[method] : undefined;
}

function isMethod(method: string): method is Method {
  return (METHODS as readonly string[]).includes(method);
}

/** The methods a path has, as the `allow` header names them. */
export function methodsOf(route: Route): string {
  const own = METHODS.filter((method) => route[method]);
  return [...own.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}

function placesOf(table: RouteTable, group: Place['group']): Place[] {
  return table.map(([path, route]) =>
    /[{*]/.test(path) ? { path, route, group, form: formOf(path) } : { path, route, group },
  );
}

function formOf(path: string): RegExp {
  const text = path
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{\w+\}/g, '[^/]+')
    .replace(/\*$/, '.+');
  return new RegExp(`^${text}$`, 's');
}

function servedBy(options: Groups): readonly Place[] {
  return PLACES.filter((place) => isServed(place, options));
}

function isServed(
  { path, group }: Place,
  { health: isHealth = true, unversioned = true, admin = true }: Groups,
): boolean {
  if (group === 'health') return isHealth;
  if (group === 'admin') return admin;
  return unversioned || path.startsWith('/v1/');
}
