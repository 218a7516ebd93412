/** Requests that show no key, count once and cannot be changed: `npx tsx examples/signed-requests.ts` */
import OpenAI from 'openai';
import { NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import { signingFetch, signRequest } from 'nexusai-hub/client';

const key = 'a-key-of-32-characters-and-more-of-your-own';
const hub = new NexusHub({
  providers: { demo: demo({ pace: 'instant' }) },
  keys: [{ name: 'app', key, signature: 'required' }],
});

// An SDK signs by the fetch it is given. Over a socket `signingFetch(signer)` is all that is needed.
const signer = { name: 'app', key };
const client = new OpenAI({ baseURL: 'http://hub.example/v1', apiKey: '-', fetch: signingFetch(signer, hub.fetch) });
const answer = await client.chat.completions.create({ model: 'demo', messages: [{ role: 'user', content: 'Hello!' }] });
console.log(answer.choices[0]?.message.content);

// The same by hand, to see what is sent.
const request = await signRequest(signer, 'http://hub.example/v1/models');
for (const name of ['signature-input', 'signature']) console.log(`${name}: ${request.headers.get(name) ?? ''}`);

const sendAgain = request.clone();
console.log('the first time:', (await hub.fetch(request)).status);
console.log('once more:', (await hub.fetch(sendAgain)).status);

const headers = { authorization: `Bearer ${key}` };
console.log('the key itself:', (await hub.fetch('http://hub.example/v1/models', { headers })).status);
await hub.close();
