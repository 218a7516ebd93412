import type { StorageSteps } from './storage-steps.ts';

/**
 * What a step does: it writes, or reads what others write by (`read`), or reads what only shows (`show`): that may be a
 * moment old, and take its time.
 */
export type StepKind = 'write' | 'read' | 'show';

/** Every step, and its kind. By it a step goes to the thread that writes or reads, and to a primary or a replica. */
export const STEP_KINDS: Readonly<Record<keyof StorageSteps, StepKind>> = {
  append: 'write',
  summary: 'show',
  usage: 'show',
  conversations: 'show',
  conversation: 'read',
  attemptPage: 'show',
  messagePage: 'show',
  spentSince: 'read',
  runs: 'write',
  endRuns: 'write',
  expiredPage: 'read',
  remove: 'write',
  restore: 'write',
  claim: 'write',
  newestEpoch: 'read',
  epoch: 'read',
  epochHistory: 'read',
  appendEpoch: 'write',
  putSecret: 'write',
  secret: 'read',
  secretPage: 'read',
  replaceSecret: 'write',
  removeSecret: 'write',
  findKey: 'read',
  key: 'read',
  keyPage: 'read',
  putKey: 'write',
  removeKey: 'write',
  keyVersion: 'read',
  usedKeys: 'write',
  appendAudit: 'write',
  auditPage: 'show',
  auditAfter: 'read',
  auditHead: 'read',
  removeAudit: 'write',
};
