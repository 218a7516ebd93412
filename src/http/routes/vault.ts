import type { RotationProgress, VaultStatus } from '../../vault-control.ts';
import { answerJson } from '../answer-json.ts';
import type { RouteTable, Run } from './route.ts';

/** `GET /vault`: which master keys there are and which are wanted, and how far a rotation has got. */
const showVault: Run = async (exchange, { gateway, actor, requestId }) => {
  answerJson(exchange, statusBody(await gateway.vaultFor(actor).status()), requestId);
};

/** `POST /vault/rotate`: begins to seal all secrets anew, and answers at once. It goes on when nobody waits. */
const rotateVault: Run = async (exchange, { gateway, actor, requestId }) => {
  const progress = await gateway.vaultFor(actor).beginRotation();
  answerJson(exchange, { object: 'vault.rotation', ...progressBody(progress) }, requestId, { status: 202 });
};

/** The paths of the vault. */
export const VAULT_ROUTES: RouteTable = [
  ['/vault', { GET: { permission: 'vault.read', run: showVault } }],
  ['/vault/rotate', { POST: { permission: 'vault.rotate', run: rotateVault } }],
];

function statusBody({ state, keyId, keyIds, secrets, undecryptable, byKey, rotation }: VaultStatus): object {
  return {
    object: 'vault',
    state,
    key_id: keyId,
    key_ids: keyIds,
    secrets,
    undecryptable,
    by_key: byKey.map((use) => ({ key_id: use.keyId, secrets: use.secrets, is_here: use.isHere })),
    rotation: rotation ? progressBody(rotation) : null,
  };
}

/** Times as OpenAI has them, in Unix seconds. */
function progressBody({ keyId, startedAtMs, endedAtMs, ...rest }: RotationProgress): object {
  const { state, total, checked, rotated, current, failed } = rest;
  const times = { started_at: seconds(startedAtMs), ended_at: endedAtMs === undefined ? null : seconds(endedAtMs) };
  return { state, key_id: keyId, total, checked, rotated, current, failed, ...times };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
