/** The OpenAI SDK on top of the hub, in one process, without a socket: `npx tsx examples/openai-sdk-in-process.ts` */
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import OpenAI from 'openai';

const hub = new NexusHub({ providers: { demo: demo({ pace: 'instant' }) } });
const client = new OpenAI({ baseURL: 'http://hub/v1', apiKey: 'any', fetch: hub.fetch });

const stream = await client.chat.completions.create({
  model: 'demo',
  messages: [{ role: 'user', content: 'Say something in Chinese.' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '');
console.log();

await hub.close();
