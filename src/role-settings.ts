import { z } from 'zod';
import { BUILT_IN_ROLES, PERMISSION_NAMES } from './permissions.ts';

/** Roles of the owner's own. */
export const rolesSchema = z.record(
  z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, "_", "-" and "." only')
    .refine((role) => !Object.hasOwn(BUILT_IN_ROLES, role), 'is a role of every hub; choose another name'),
  z.array(z.enum(PERMISSION_NAMES, `expected a permission: ${PERMISSION_NAMES.join(', ')}`)),
);

interface NamedRoles {
  readonly roles: Readonly<Record<string, unknown>>;
  readonly keys: readonly { readonly name: string; readonly role?: string | undefined }[];
}

/**
 * A key whose role does not exist could do nothing, and nobody would know why.
 * @throws TypeError
 */
export function checkRoles({ roles, keys }: NamedRoles): void {
  const known = [...Object.keys(BUILT_IN_ROLES), ...Object.keys(roles)];
  for (const { name, role } of keys)
    if (role !== undefined && !known.includes(role))
      throw new TypeError(
        `NexusHub options: the key "${name}" has the role "${role}", which does not exist. Roles: ${known.join(', ')}.`,
      );
}
