import type { HttpOptions } from '../options.ts';
import { createBackup, listBackups, verifyBackup } from './backups.ts';
import { changeConversation } from './change-conversation.ts';
import { chat } from './chat.ts';
import { holdCircuit, listCircuits } from './circuits.ts';
import { listConversations, oneConversation } from './conversations.ts';
import { embeddings } from './embeddings.ts';
import { explain } from './explain.ts';
import { exportConversations, exportStats } from './export.ts';
import { FORWARD_ROUTES } from './forward.ts';
import { health, readiness } from './health.ts';
import { listModels, oneModel } from './models.ts';
import type { Endpoint, Route } from './route.ts';
import { liveStats, stats, usage } from './stats.ts';

const CHAT: Route = { POST: { permission: 'chat', isCall: true, run: chat } };
const EMBEDDINGS: Route = { POST: { permission: 'chat', isCall: true, run: embeddings } };
const MODELS: Route = { GET: { permission: 'models.read', run: listModels } };
const ONE_MODEL: Route = { GET: { permission: 'models.read', run: oneModel } };

/** Paths with and without the version: clients put it into their base URL or leave it out. */
const EXACT: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', CHAT],
  ['/chat/completions', CHAT],
  ['/v1/embeddings', EMBEDDINGS],
  ['/embeddings', EMBEDDINGS],
  ...FORWARD_ROUTES,
  ['/v1/models', MODELS],
  ['/models', MODELS],
  [
    '/backups',
    { GET: { permission: 'backups.read', run: listBackups }, POST: { permission: 'backups.write', run: createBackup } },
  ],
  ['/circuits', { GET: { permission: 'circuits.read', run: listCircuits } }],
  ['/explain', { POST: { permission: 'explain', isCall: true, run: explain } }],
  ['/stats', { GET: { permission: 'stats.read', run: stats } }],
  ['/stats/usage', { GET: { permission: 'stats.read', run: usage } }],
  ['/stats/live', { GET: { permission: 'stats.read', run: liveStats } }],
  ['/conversations', { GET: { permission: 'conversations.read', run: listConversations } }],
  ['/export/stats', { GET: { permission: 'stats.export', run: exportStats } }],
  ['/export/conversations', { GET: { permission: 'conversations.export', run: exportConversations } }],
  ['/healthz', { GET: { permission: 'none', run: health } }],
  ['/readyz', { GET: { permission: 'none', run: readiness } }],
]);

/** Paths that begin so and go on; ids may hold slashes. */
const FOLDERS: readonly (readonly [folder: string, route: Route])[] = [
  ['/v1/models/', ONE_MODEL],
  ['/models/', ONE_MODEL],
  ['/backups/', { POST: { permission: 'backups.write', run: verifyBackup } }],
  ['/circuits/', { POST: { permission: 'circuits.write', run: holdCircuit } }],
  [
    '/conversations/',
    {
      GET: { permission: 'conversations.read', run: oneConversation },
      POST: { permission: 'conversations.write', run: changeConversation },
    },
  ],
];

const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];
const ADMIN_PATHS: readonly string[] = ['/backups', '/circuits', '/conversations', '/explain', '/export', '/stats'];

/** Which groups of paths are answered. */
type Groups = Pick<HttpOptions, 'health' | 'unversioned' | 'admin'>;

/** Every path a hub answers, without its prefix; `*` at the end stands for any rest. */
export function hubPathsOf(options: Groups = {}): readonly string[] {
  return servedBy(options).map(([path]) => path);
}

/** What can be asked for, by method and path, and what the role of whoever asks has to permit. */
export interface Access {
  readonly method: keyof Route;
  readonly path: string;
  readonly permission: Endpoint['permission'];
}

/** Who may ask for what, of everything a hub answers. */
export function accessOf(options: Groups = {}): readonly Access[] {
  return servedBy(options).flatMap(([path, route]) =>
    (['GET', 'POST'] as const).flatMap((method) => {
      const endpoint = route[method];
      return endpoint ? [{ method, path, permission: endpoint.permission }] : [];
    }),
  );
}

function servedBy(options: Groups): readonly (readonly [path: string, route: Route])[] {
  const folders = FOLDERS.map(([folder, route]) => [`${folder}*`, route] as const);
  return [...EXACT, ...folders].filter(([path]) => isServed(path, options));
}

/** The route of a path, if it is one of ours. */
export function routeOf(path: string, options: Groups): Route | undefined {
  const route = EXACT.get(path) ?? FOLDERS.find(([folder]) => isIn(path, folder))?.[1];
  return route && isServed(path, options) ? route : undefined;
}

function isIn(path: string, folder: string): boolean {
  return path.length > folder.length && path.startsWith(folder);
}

function isServed(path: string, { health = true, unversioned = true, admin = true }: Groups): boolean {
  if (HEALTH_PATHS.includes(path)) return health;
  if (ADMIN_PATHS.some((own) => path === own || isIn(path, `${own}/`))) return admin;
  return unversioned || path.startsWith('/v1/');
}

/** The methods a path has, as the `allow` header names them. */
export function methodsOf(route: Route): string {
  return [...(route.GET ? ['GET', 'HEAD'] : []), ...(route.POST ? ['POST'] : []), 'OPTIONS'].join(', ');
}
