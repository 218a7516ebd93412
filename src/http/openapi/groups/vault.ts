import { z } from 'zod';
import { named } from '../components.ts';
import type { Operations } from '../operation.ts';

const { strictObject, literal, string, number, array, boolean } = z;

const progress = {
  state: z.enum(['running', 'done', 'incomplete', 'stopped', 'failed']),
  key_id: string(),
  total: number(),
  checked: number(),
  rotated: number(),
  current: number(),
  failed: number(),
  started_at: number(),
  ended_at: number().nullable(),
};
const vault = named(
  'Vault',
  strictObject({
    object: literal('vault'),
    state: z.enum(['ready', 'undecryptable']),
    key_id: string(),
    key_ids: array(string()),
    secrets: number(),
    undecryptable: number(),
    by_key: array(strictObject({ key_id: string(), secrets: number(), is_here: boolean() })),
    rotation: strictObject(progress).nullable(),
  }),
);
const rotation = named('VaultRotation', strictObject({ object: literal('vault.rotation'), ...progress }));

/** How secrets are sealed. */
export const VAULT: Operations = {
  'GET /vault': { id: 'getVault', summary: 'How secrets are sealed, and whether they open', answer: { json: vault } },
  'POST /vault/rotate': {
    id: 'rotateVault',
    summary: 'Seal every secret anew with the newest master key',
    answer: { json: rotation, status: 202 },
  },
};
