import type { Actor } from '../request-audit.ts';
import type { VaultControl } from '../vault-control.ts';
import type { AuditTrail } from './audit-trail.ts';
import { stored } from './configuration/stored.ts';
import type { Vault } from './vault.ts';

/** The vault, for a caller that may see or rotate it. What it begins is noted first. */
export function vaultControlOf(by: Actor, vault: Vault, audit?: Pick<AuditTrail, 'action'>): VaultControl {
  const note = async (): Promise<void> => audit?.action({ action: 'vault.rotate', target: vault.keyId, by });
  return {
    status: () => stored(() => vault.status()),
    async rotate(options) {
      await note();
      return vault.rotate(options);
    },
    async beginRotation() {
      await note();
      return vault.beginRotation();
    },
  };
}
