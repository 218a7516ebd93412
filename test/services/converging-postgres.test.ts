import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe } from 'vitest';

import { convergenceTests } from './converging.ts';
import { fourServers } from './four-servers.ts';
import { createDatabase, hasPostgres } from './postgres-server.ts';

const MASTER_KEY = '3f1c9b7a5d2e8f604b1d7c3a9e5f2b8d6c0a4e7f1b3d5c9a8e2f6b0d4c7a1e53';

describe.skipIf(!hasPostgres)('four servers over one PostgreSQL', () => {
  // A data folder each, as on machines of their own.
  const fleet = fourServers(async (folder) => {
    const { url, drop } = await createDatabase();
    const folderOf = (server: number): string => {
      const own = join(folder, String(server));
      mkdirSync(own);
      return own;
    };
    return { folderOf, variables: { DATABASE_URL: url, NEXUS_MASTER_KEY: MASTER_KEY }, remove: drop };
  });
  convergenceTests(fleet);
});
