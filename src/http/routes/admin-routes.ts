import { listAudit, verifyAudit } from './audit.ts';
import { createBackup, listBackups, verifyBackup } from './backups.ts';
import { changeConversation } from './change-conversation.ts';
import { holdCircuit, listCircuits } from './circuits.ts';
import { listEpochs, oneConfig, previewConfig, putConfig, rollbackConfig } from './config.ts';
import { listConversations, oneConversation } from './conversations.ts';
import { explain } from './explain.ts';
import { exportAudit, exportConversations, exportStats } from './export.ts';
import { KEY_ROUTES } from './keys.ts';
import {
  changeProviderModel,
  createProviderModel,
  deleteProviderModel,
  listProviderModels,
  oneProviderModel,
} from './provider-models.ts';
import {
  changeProvider,
  createProvider,
  deleteProvider,
  listModelsOfProvider,
  listProviders,
  oneProvider,
  testProvider,
} from './providers.ts';
import type { RouteTable } from './route.ts';
import { SESSION_ROUTES } from './session.ts';
import { VAULT_ROUTES } from './vault.ts';
import { liveStats, stats, usage } from './stats.ts';

/** The paths for those who run the hub: the option `admin` leaves all of them out. */
export const ADMIN_ROUTES: RouteTable = [
  ['/audit', { GET: { permission: 'audit.read', run: listAudit } }],
  ['/audit/verify', { GET: { permission: 'audit.read', run: verifyAudit } }],
  [
    '/backups',
    { GET: { permission: 'backups.read', run: listBackups }, POST: { permission: 'backups.write', run: createBackup } },
  ],
  ['/backups/*', { POST: { permission: 'backups.write', run: verifyBackup } }],
  ['/circuits', { GET: { permission: 'circuits.read', run: listCircuits } }],
  ['/circuits/*', { POST: { permission: 'circuits.write', run: holdCircuit } }],
  ...KEY_ROUTES,
  ...SESSION_ROUTES,
  ...VAULT_ROUTES,
  [
    '/config',
    { GET: { permission: 'config.read', run: oneConfig }, PUT: { permission: 'config.write', run: putConfig } },
  ],
  ['/config/history', { GET: { permission: 'config.read', run: listEpochs } }],
  ['/config/preview', { POST: { permission: 'config.write', run: previewConfig } }],
  ['/config/rollback', { POST: { permission: 'config.write', run: rollbackConfig } }],
  [
    '/providers',
    {
      GET: { permission: 'config.read', run: listProviders },
      POST: { permission: 'providers.write', run: createProvider },
    },
  ],
  [
    '/providers/{id}',
    {
      GET: { permission: 'config.read', run: oneProvider },
      PUT: { permission: 'providers.write', run: changeProvider },
      PATCH: { permission: 'providers.write', run: changeProvider },
      DELETE: { permission: 'providers.write', run: deleteProvider },
    },
  ],
  ['/providers/{id}/models', { GET: { permission: 'config.read', run: listModelsOfProvider } }],
  ['/providers/{id}/test', { POST: { permission: 'providers.write', run: testProvider } }],
  [
    '/provider_models',
    {
      GET: { permission: 'config.read', run: listProviderModels },
      POST: { permission: 'providers.write', run: createProviderModel },
    },
  ],
  [
    '/provider_models/*',
    {
      GET: { permission: 'config.read', run: oneProviderModel },
      PUT: { permission: 'providers.write', run: changeProviderModel },
      PATCH: { permission: 'providers.write', run: changeProviderModel },
      DELETE: { permission: 'providers.write', run: deleteProviderModel },
    },
  ],
  ['/explain', { POST: { permission: 'explain', isCall: true, run: explain } }],
  ['/stats', { GET: { permission: 'stats.read', run: stats } }],
  ['/stats/usage', { GET: { permission: 'stats.read', run: usage } }],
  ['/stats/live', { GET: { permission: 'stats.read', run: liveStats } }],
  ['/conversations', { GET: { permission: 'conversations.read', run: listConversations } }],
  [
    '/conversations/*',
    {
      GET: { permission: 'conversations.read', run: oneConversation },
      POST: { permission: 'conversations.write', run: changeConversation },
    },
  ],
  ['/export/stats', { GET: { permission: 'stats.export', run: exportStats } }],
  ['/export/audit', { GET: { permission: 'audit.export', run: exportAudit } }],
  ['/export/conversations', { GET: { permission: 'conversations.export', run: exportConversations } }],
];
