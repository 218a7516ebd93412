/**
 * A server whose provider answers nobody until SIGUSR2 comes: run with a small heap by flood.test.ts, which fills it.
 * Prints its URL first.
 */
import { NexusHub } from 'nexusai-hub';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { completionOf, gate } from 'nexusai-hub/testing';

const door = gate();
process.once('SIGUSR2', () => {
  door.open();
});

const hub = new NexusHub({
  providers: {
    slow: {
      kind: 'slow',
      async open() {
        await door.opened;
        return completionOf('ok');
      },
    },
  },
  ...(process.argv.includes('--no-shedding') ? { shedding: false } : {}),
});
const server = nexusServer(hub);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') process.stdout.write(`http://127.0.0.1:${address.port}\n`);
});
