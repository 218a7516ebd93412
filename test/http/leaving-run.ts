/**
 * C6: a process of its own in which clients leave at random moments, run with `--unhandled-rejections=strict` by
 * leaving.test.ts. Prints what is left when all have gone.
 */
import { once } from 'node:events';
import { connect } from 'node:net';

import { NexusHub } from 'nexusai-hub';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';

import { answerLikeOpenAI } from '../clients/served-hub.ts';
import { scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { SOCKETS } from './transports.ts';
import { postText } from './wire.ts';

const LEAVERS = 1_000;
const AT_ONCE = 40;

const random = seeded(20_261_123);
const upstream = await scriptedUpstream(answerLikeOpenAI);
const main = openaiCompatible({ baseUrl: upstream.url, models: ['m'] });
const hub = new NexusHub({ providers: { main }, limits: { requestsPerSecond: Infinity } });

for (const transport of SOCKETS) {
  const served = await transport.serve(hub);
  const { hostname, port } = new URL(served.url);
  let left = LEAVERS / SOCKETS.length;
  const leave = async (): Promise<void> => {
    while (left-- > 0) await leaveOnce(hostname, Number(port));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, leave));
  while (hub.stats.now().inFlight > 0) await new Promise((resolve) => setImmediate(resolve));

  const after = await served.fetch(`${served.url}/v1/models`);
  if (after.status !== 200) throw new Error(`${transport.name} does not answer any more.`);
  await served.close();
}

await hub.close();
await upstream.idle();
await upstream.close();
const { requests, outcomes, inFlight } = hub.stats.now();
process.stdout.write(JSON.stringify({ requests, outcomes, inFlight }));

/** Sends a request, or a part of it, reads the answer, or a part of it, and goes, in one of three ways. */
async function leaveOnce(host: string, port: number): Promise<void> {
  const stream = random() < 0.7;
  const content = random() < 0.2 ? 'hang' : 'Hello';
  const request = postText(
    '/v1/chat/completions',
    JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], stream }),
  );
  const socket = connect(port, host);
  const gone = once(socket, 'close').catch(() => undefined);
  socket.on('error', () => undefined);
  socket.resume();
  const go = (): void => {
    const way = random();
    if (way < 0.4) socket.destroy();
    else if (way < 0.8) socket.resetAndDestroy();
    else socket.end();
  };
  await once(socket, 'connect');
  if (content === 'Hello' && random() < 0.2) {
    // Some stay to the end.
    let received = '';
    socket.write(request);
    socket.on('data', (bytes) => {
      received += bytes.toString();
      if (/\[DONE\]|"total_tokens"/.test(received)) go();
    });
  } else if (random() < 0.25) {
    socket.write(request.slice(0, Math.floor(random() * request.length)), go);
  } else {
    const limit = Math.floor(random() ** 2 * 3_000);
    let received = 0;
    socket.write(request);
    if (limit === 0) go();
    socket.on('data', (bytes) => {
      received += bytes.length;
      if (received >= limit) go();
    });
    // A whole answer may be shorter than the limit.
    setTimeout(go, 30 + random() * 100).unref();
  }
  await gone;
}

function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
