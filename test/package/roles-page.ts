import { BUILT_IN_ROLES, type Permission, PERMISSION_NAMES, PERMISSIONS } from 'nexusai-hub';

import type { Access } from '../../src/http/routes/access.ts';
import { accessOf } from '../../src/http/routes/routes.ts';

const INTRODUCTION = `# Roles

<!-- Made from src/permissions.ts and src/http/routes/routes.ts by test/package/roles-page.ts. Do not edit by hand. -->

A key has a role, and a role is a set of permissions. What no permission of its role allows is denied: the answer is 403
\`forbidden\`, and names the permission that is missing. A path cannot be added to the hub without saying what it asks for.
`;

const OWN = `## Roles of your own

\`\`\`ts
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';

new NexusHub({
  providers: { demo: demo() },
  roles: {
    auditor: ['stats.read', 'conversations.read'],
    // Its keys sign, whatever else is said of them.
    bot: { permissions: ['chat'], signature: 'required' },
  },
  keys: [{ name: 'revision', key: 'a-long-secret', role: 'auditor' }],
});
\`\`\`

In the file of the server:

\`\`\`yaml
roles:
  auditor: [stats.read, conversations.read]
  bot: { permissions: [chat], signature: required }
keys: [{ name: revision, key: '\${REVISION_KEY}', role: auditor }]
\`\`\`

- A role has what it is given and nothing else. None holds another one.
- A role is a list of permissions, or an object with \`permissions\` and \`signature\`. With \`signature: required\` its keys
  take [signed requests](security.md#signed-requests) only: configured and personal ones, and whoever your own authenticator
  gives the role. A configured key that is too short to sign stops the start.
- A key with a role that does not exist, and a permission that does not exist, stop the start.
- The roles of every hub cannot be given another meaning: who reads \`viewer\` knows what it is.
- An [authenticator](ports/authenticator.md) of your own names any of these roles. One it makes up may do nothing.
`;

const REASONS = `## Why they are cut like this

- **admin** may do everything, also what later versions add.
- **operator** runs the hub: circuits, backups, where requests go. It sees no word of what was said. That is another trust
  than being able to mend things at night. Nor does it spend money: it has no \`chat\`. Who needs both has two keys.
- **viewer** looks at numbers and changes nothing. The numbers are those of all callers, by the names of their keys.
- **user** is for applications and people: it chats, lists its models, and ends, merges and splits its own conversations.
  It sees no numbers, and nothing of others. It is what a key has unless told otherwise.

\`operator\` has all that \`viewer\` has, \`admin\` all there is; \`user\` stands beside them.

To look and to take all of it along are two permissions, for words as for numbers: the one is seen page by page, the other
leaves in one piece. A backup holds words, too, but the API never gives its content.

## Where it is asked

- Over HTTP in one place, once it is known who asks and before the body is read. Without a key, or with one that is not
  known, the answer is 401. \`/healthz\` and \`/readyz\` ask nobody. A request that is refused there is in no statistics.
- While a hub has no keys everybody is a \`user\`.
- In process your program may do everything, unless an authenticator gives it (\`via: 'process'\`) another role than \`admin\`.
- Which models a key may use, how often and for how much money is not a matter of its role:
  [keys](configuration.md#who-may-ask).
`;

/** The page about roles: what each may do, and what each path asks for. */
export function rolesPage(): string {
  const roles = Object.entries<readonly Permission[]>(BUILT_IN_ROLES);
  const access = accessOf({ unversioned: false });
  const table = [
    `| permission | lets its holder | ${roles.map(([role]) => `\`${role}\``).join(' | ')} |`,
    `| --- | --- |${' --- |'.repeat(roles.length)}`,
    ...PERMISSION_NAMES.map((name) => {
      const has = roles.map(([, permissions]) => (permissions.includes(name) ? 'yes' : ''));
      return `| \`${name}\` | ${PERMISSIONS[name]}. | ${has.join(' | ')} |`;
    }),
  ];
  const paths = [
    '| permission | over HTTP |',
    '| --- | --- |',
    ...PERMISSION_NAMES.map((name) => `| \`${name}\` | ${pathsWith(name, access)} |`),
    `| any role | ${pathsWith('any', access)} |`,
    `| no key | ${pathsWith('none', access)} |`,
  ];
  return [
    INTRODUCTION,
    `## What each may do\n\n${table.join('\n')}\n`,
    `## What each path asks for\n\n${paths.join('\n')}\n\nPaths without \`/v1\` ask for the same as those with it.\n`,
    OWN,
    REASONS,
  ].join('\n');
}

function pathsWith(permission: Access['permission'], access: readonly Access[]): string {
  const paths = access.filter((one) => one.permission === permission);
  if (paths.length === 0) return 'no path by itself';
  return paths.map(({ method, path }) => `\`${method} ${path}\``).join(', ');
}
