/** A process with a hub that keeps all that is changed of it in Redis, and nothing elsewhere. Says where it is served. */
import { once } from 'node:events';

import { NexusHub } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { connectRedis, redisConfigStore, redisKeyStore, redisSecretStore } from 'nexusai-hub/adapters/redis';

import { PATIENT } from './patient.ts';

/** What it is started with. */
export interface RedisHubOptions {
  readonly redisUrl: string;
  readonly adminKey: string;
  readonly masterKey: string;
  readonly document: Readonly<Record<string, unknown>>;
}

const { redisUrl, adminKey, masterKey, document } = JSON.parse(process.argv[2] ?? '') as RedisHubOptions;
const client = await connectRedis({ ...PATIENT, url: redisUrl });
const hub = new NexusHub({
  providers: {},
  keys: [{ name: 'admin', key: adminKey, role: 'admin' }],
  control: {
    stores: {
      config: redisConfigStore({ client }),
      secrets: redisSecretStore({ client }),
      keys: redisKeyStore({ client }),
    },
    masterKeys: [masterKey],
    kinds: providerKinds,
    document,
  },
});
await hub.ready();
const server = nexusServer(hub).listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}\n`);

// It ends when its input does, by itself: nothing is left that keeps it alive.
process.stdin.resume();
await once(process.stdin, 'end');
await hub.close({ drainMs: 0 });
server.close();
server.closeAllConnections();
client.close();
