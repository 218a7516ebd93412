import { describe } from 'vitest';

import { convergenceTests } from './converging.ts';
import { fourServers } from './four-servers.ts';

describe('four servers over one file of SQLite', () => {
  // One data folder, with the database, and the master key that the first of them makes.
  const fleet = fourServers(async (folder) => ({
    folderOf: () => folder,
    variables: {},
    remove: async () => undefined,
  }));
  convergenceTests(fleet);
});
