import { NexusError } from './errors.ts';
import type { Permission, RolesOptions } from './permissions.ts';
import { BUILT_IN_ROLES } from './permissions.ts';
import type { Caller } from './ports/index.ts';

/** What whose role permits. What is permitted nowhere is denied, and a role that nobody knows permits nothing. */
export class Roles {
  readonly #permitted: ReadonlyMap<string, ReadonlySet<Permission>>;

  constructor(own: RolesOptions = {}) {
    const all = Object.entries({ ...own, ...BUILT_IN_ROLES });
    this.#permitted = new Map(all.map(([role, permissions]) => [role, new Set(permissions)]));
  }

  /** Whether the role of this caller has the permission. */
  permits({ role }: Pick<Caller, 'role'>, permission: Permission): boolean {
    return this.#permitted.get(role)?.has(permission) ?? false;
  }

  /** @throws NexusError `forbidden`, naming the permission, unless the role of this caller has it. */
  check(caller: Pick<Caller, 'role'>, permission: Permission): void {
    if (this.permits(caller, permission)) return;
    const message = `This needs the permission "${permission}". Use a key whose role has it.`;
    throw new NexusError('forbidden', message, { permission });
  }
}
