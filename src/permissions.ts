/** Everything that is not for everybody, and what it lets its holder do. The routes, the check and docs/roles.md go by it. */
export const PERMISSIONS = {
  chat: 'Ask models: chat, embeddings, and every operation that is passed on',
  'models.read': 'List the models its key may use',
  'conversations.write': 'End, merge and split its own conversations',
  'conversations.write_all': 'With `conversations.write`: also those of other callers',
  'conversations.read': 'Search and read what was said, by all callers',
  'conversations.export': 'Take what was said, by all callers, as a file',
  'stats.read': 'Look at numbers of all callers: sums, usage by key, live figures',
  'stats.export': 'Take every attempt, without what was said, as a file',
  'circuits.read': 'Look at circuits',
  'circuits.write': 'Hold circuits open or closed, and let them go',
  explain: 'Ask where a request would go, and why',
  'keys.read': 'List personal keys, without their secrets',
  'keys.write': 'Make, change, rotate and delete personal keys that may do no more than its own',
  'config.read': 'Look at the configuration: providers, models, routing, all of it without its secrets',
  'config.write': 'Change all of the configuration, keys and roles among it, and go back to an earlier one',
  'providers.write': 'Make, change, delete and test providers and their models',
  'vault.read': 'See which master keys stored secrets want, and how far a rotation has got; no secret',
  'vault.rotate': 'Seal all stored secrets anew with the newest master key',
  'backups.read': 'List backups',
  'backups.write': 'Make and verify backups',
  'audit.read': 'Read and verify the audit log: who did what, all callers together',
  'audit.export': 'Take the audit log as a file',
} as const satisfies Record<string, string>;

/** Leave to do one kind of thing. */
export type Permission = keyof typeof PERMISSIONS;

/** Every permission there is. */
export const PERMISSION_NAMES: readonly Permission[] = namesOf(PERMISSIONS);

const VIEWER: readonly Permission[] = [
  'models.read',
  'stats.read',
  'stats.export',
  'circuits.read',
  'config.read',
  'backups.read',
];

/**
 * What the roles of every hub may do. Who runs a hub sees no word of what was said, and spends no money; who only looks
 * at it changes nothing.
 */
export const BUILT_IN_ROLES = {
  admin: PERMISSION_NAMES,
  operator: [...VIEWER, 'circuits.write', 'explain', 'keys.read', 'providers.write', 'vault.read', 'backups.write'],
  viewer: VIEWER,
  user: ['chat', 'models.read', 'conversations.write'],
} as const satisfies Record<string, readonly Permission[]>;

/** A role of the owner's own. */
export interface RoleOptions {
  /** What it may do. */
  readonly permissions: readonly Permission[];
  /** Whether requests of all its keys must be signed, whatever is said of each. @default 'allowed' */
  readonly signature?: 'required' | 'allowed' | undefined;
}

/** Roles of the owner's own, by name: what each may do, alone or with what else is said of it. */
export type RolesOptions = Readonly<Record<string, readonly Permission[] | RoleOptions>>;

function namesOf<K extends string>(table: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(table) as K[];
}
