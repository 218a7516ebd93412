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

  /** All that the role of this caller permits. */
  of({ role }: Pick<Caller, 'role'>): readonly Permission[] {
    return [...(this.#permitted.get(role) ?? [])];
  }

  /** All there are. */
  get names(): readonly string[] {
    return [...this.#permitted.keys()];
  }

  has(role: string): boolean {
    return this.#permitted.has(role);
  }

  /** What a role permits that the role of this caller does not. */
  beyond({ role: own }: Pick<Caller, 'role'>, role: string): readonly Permission[] {
    const held = this.#permitted.get(own);
    return [...(this.#permitted.get(role) ?? [])].filter((permission) => !held?.has(permission));
  }

  /** @throws NexusError `forbidden`, naming the permission, unless the role of this caller has it. */
  check(caller: Pick<Caller, 'role'>, permission: Permission): void {
    if (this.permits(caller, permission)) return;
    const message = `This needs the permission "${permission}". Use a key whose role has it.`;
    throw new NexusError('forbidden', message, { permission });
  }
}
