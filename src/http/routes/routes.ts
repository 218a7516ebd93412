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
import type { Route } from './route.ts';
import { liveStats, stats, usage } from './stats.ts';

/** Paths with and without the version: clients put it into their base URL or leave it out. */
const EXACT: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['/v1/chat/completions', { POST: chat }],
  ['/chat/completions', { POST: chat }],
  ['/v1/embeddings', { POST: embeddings }],
  ['/embeddings', { POST: embeddings }],
  ...FORWARD_ROUTES,
  ['/v1/models', { GET: listModels }],
  ['/models', { GET: listModels }],
  ['/backups', { GET: listBackups, POST: createBackup }],
  ['/circuits', { GET: listCircuits }],
  ['/explain', { POST: explain }],
  ['/stats', { GET: stats }],
  ['/stats/usage', { GET: usage }],
  ['/stats/live', { GET: liveStats }],
  ['/conversations', { GET: listConversations }],
  ['/export/stats', { GET: exportStats }],
  ['/export/conversations', { GET: exportConversations }],
  ['/healthz', { GET: health }],
  ['/readyz', { GET: readiness }],
]);

const ONE_MODEL: Route = { GET: oneModel };

/** Paths that begin so and go on; ids may hold slashes. */
const FOLDERS: readonly (readonly [folder: string, route: Route])[] = [
  ['/v1/models/', ONE_MODEL],
  ['/models/', ONE_MODEL],
  ['/backups/', { POST: verifyBackup }],
  ['/circuits/', { POST: holdCircuit }],
  ['/conversations/', { GET: oneConversation, POST: changeConversation }],
];

const HEALTH_PATHS: readonly string[] = ['/healthz', '/readyz'];
const ADMIN_PATHS: readonly string[] = ['/backups', '/circuits', '/conversations', '/explain', '/export', '/stats'];

/** Which groups of paths are answered. */
type Groups = Pick<HttpOptions, 'health' | 'unversioned' | 'admin'>;

/** Every path a hub answers, without its prefix; `*` at the end stands for any rest. */
export function hubPathsOf(options: Groups = {}): readonly string[] {
  return [...EXACT.keys(), ...FOLDERS.map(([folder]) => `${folder}*`)].filter((path) => isServed(path, options));
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
