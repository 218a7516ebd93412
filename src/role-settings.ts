import { z } from 'zod';
import { signerProblem } from './key-settings.ts';
import { BUILT_IN_ROLES, PERMISSION_NAMES, type RolesOptions } from './permissions.ts';
import { signingRolesIn } from './roles.ts';

const permissions = z.array(z.enum(PERMISSION_NAMES, `expected a permission: ${PERMISSION_NAMES.join(', ')}`));

/** Roles of the owner's own. */
export const rolesSchema = z.record(
  z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected letters, digits, "_", "-" and "." only')
    .refine((role) => !Object.hasOwn(BUILT_IN_ROLES, role), 'is a role of every hub; choose another name'),
  z.union([permissions, z.strictObject({ permissions, signature: z.enum(['required', 'allowed']).optional() })]),
);

interface NamedRoles {
  readonly roles: RolesOptions;
  readonly keys: readonly { readonly name: string; readonly key: string; readonly role?: string | undefined }[];
}

/**
 * A key whose role does not exist could do nothing, and nobody would know why; nor could one that cannot sign and has to.
 * @throws TypeError
 */
export function checkRoles({ roles, keys }: NamedRoles): void {
  const known = [...Object.keys(BUILT_IN_ROLES), ...Object.keys(roles)];
  const signing = signingRolesIn(roles);
  for (const { name, key, role } of keys) {
    if (role === undefined) continue;
    if (!known.includes(role))
      throw new TypeError(
        `NexusHub options: the key "${name}" has the role "${role}", which does not exist. Roles: ${known.join(', ')}.`,
      );
    const problem = signing.includes(role) ? signerProblem(name, key) : undefined;
    if (problem)
      throw new TypeError(
        `NexusHub options: the key "${name}" has the role "${role}", which takes signed requests only: its ${problem.member} needs ${problem.needs}.`,
      );
  }
}
