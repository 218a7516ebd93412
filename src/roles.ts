import { NexusError } from './errors.ts';
import type { Permission, RolesOptions } from './permissions.ts';
import { BUILT_IN_ROLES } from './permissions.ts';
import type { Caller } from './ports/index.ts';

/** Names of those whose requests must be signed. */
export function signingRolesIn(roles: RolesOptions): string[] {
  return Object.entries(roles).flatMap(([name, role]) =>
    'permissions' in role && role.signature === 'required' ? [name] : [],
  );
}

/** What whose role permits. What is permitted nowhere is denied, and a role that nobody knows permits nothing. */
export class Roles {
  readonly #permitted: ReadonlyMap<string, ReadonlySet<Permission>>;
  readonly #signing: ReadonlySet<string>;

  constructor(own: RolesOptions = {}) {
    const all = Object.entries<RolesOptions[string]>({ ...own, ...BUILT_IN_ROLES });
    this.#permitted = new Map(
      all.map(([name, role]) => [name, new Set('permissions' in role ? role.permissions : role)]),
    );
    this.#signing = new Set(signingRolesIn(Object.fromEntries(all)));
  }

  /** Whether there is any whose requests must be signed. */
  get haveSigning(): boolean {
    return this.#signing.size > 0;
  }

  /** Whether requests of this role must be signed, whatever is said of the key. */
  mustSign({ role }: Pick<Caller, 'role'>): boolean {
    return this.#signing.has(role);
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
