/** The hub inside an Express application, beside its own routes: `npx tsx examples/express.ts`. */
import express from 'express';
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { nexusExpress } from 'nexusai-hub/adapters/express';

const hub = new NexusHub({ providers: { demo: demo() } });

const app = express();
app.get('/', (_request, response) => {
  response.send('The application itself.');
});
app.use('/ai', nexusExpress(hub));

const server = app.listen(Number(process.env['PORT'] ?? 8001), '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  console.log(`http://127.0.0.1:${port}/ai/v1`);
});

process.once('SIGTERM', () => {
  void hub.close().then(() => server.close());
});
