import { BUILT_IN_ROLES, PERMISSION_NAMES } from '../../permissions.ts';
import { z } from 'zod';

const permissions = z.array(
  z.enum(PERMISSION_NAMES, `expected one of ${PERMISSION_NAMES.join(', ')}`),
  'expected a list of permissions',
);

/** `roles` of the file. */
export const rolesSchema = z.record(
  z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'expected 1 to 64 letters, digits, "_", "-" or "."')
    .refine((role) => !Object.hasOwn(BUILT_IN_ROLES, role), 'is a role of every hub; choose another name'),
  z.union(
    [
      permissions,
      z.strictObject({
        permissions,
        signature: z.enum(['required', 'allowed'], 'expected required or allowed').optional(),
      }),
    ],
    'expected a list of permissions, or an object with permissions and signature',
  ),
);
