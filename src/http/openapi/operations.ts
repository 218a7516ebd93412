import { AUDIT } from './groups/audit.ts';
import { BACKUPS } from './groups/backups.ts';
import { CALLS } from './groups/calls.ts';
import { CIRCUITS } from './groups/circuits.ts';
import { CONFIG } from './groups/config.ts';
import { CONVERSATIONS } from './groups/conversations.ts';
import { EXPLANATIONS } from './groups/explanations.ts';
import { EXPORTS } from './groups/exports.ts';
import { KEYS } from './groups/keys.ts';
import { MODELS } from './groups/models.ts';
import { PROVIDERS } from './groups/providers.ts';
import { SERVER } from './groups/server.ts';
import { SESSION } from './groups/session.ts';
import { STATS } from './groups/stats.ts';
import { VAULT } from './groups/vault.ts';
import type { Operations } from './operation.ts';

/** Every operation of the HTTP API, by method and path as the route tables have them. */
export const OPERATIONS: Operations = {
  ...CALLS,
  ...MODELS,
  ...PROVIDERS,
  ...CONFIG,
  ...KEYS,
  ...SESSION,
  ...VAULT,
  ...AUDIT,
  ...STATS,
  ...CONVERSATIONS,
  ...CIRCUITS,
  ...EXPLANATIONS,
  ...BACKUPS,
  ...EXPORTS,
  ...SERVER,
};
