/** The hub on Node's own HTTP server: `npx tsx examples/node-http.ts`, then curl the URL it prints. */
import { createServer } from 'node:http';
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { nexusNode } from 'nexusai-hub/adapters/node';

const hub = new NexusHub({ providers: { demo: demo() } });

const server = createServer(nexusNode(hub));
server.listen(Number(process.env['PORT'] ?? 8001), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  console.log(`http://127.0.0.1:${port}/v1`);
});

process.once('SIGTERM', () => {
  void hub.close().then(() => server.close());
});
