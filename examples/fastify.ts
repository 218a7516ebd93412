/** The hub as a Fastify plugin, with a hook of the application in front of it: `npx tsx examples/fastify.ts`. */
import Fastify from 'fastify';
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { nexusFastify } from 'nexusai-hub/adapters/fastify';

const hub = new NexusHub({ providers: { demo: demo() } });

const app = Fastify();
app.addHook('onRequest', async (_request, reply) => {
  reply.header('x-application', 'example');
});
app.get('/', () => 'The application itself.');
await app.register(nexusFastify, { hub, prefix: '/ai' });
app.addHook('onClose', () => hub.close());

const url = await app.listen({ port: Number(process.env['PORT'] ?? 8001), host: '127.0.0.1' });
console.log(`${url}/ai/v1`);

process.once('SIGTERM', () => {
  void app.close();
});
