import { listAudit, verifyAudit } from './audit.ts';
import { createBackup, listBackups, verifyBackup } from './backups.ts';
import { changeConversation } from './change-conversation.ts';
import { holdCircuit, listCircuits } from './circuits.ts';
import { listConversations, oneConversation } from './conversations.ts';
import { explain } from './explain.ts';
import { exportAudit, exportConversations, exportStats } from './export.ts';
import { KEY_ROUTES } from './keys.ts';
import type { RouteTable } from './route.ts';
import { SESSION_ROUTES } from './session.ts';
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
