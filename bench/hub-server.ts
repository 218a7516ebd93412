/** The hub with every feature on: keys with limits, the model table, circuit, queues, conversations, statistics. */
import { NexusHub, type Route } from 'nexusai-hub';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';

import { CALLER_KEY } from './wire.ts';
import { serveOn } from './worker.ts';

const [, , upstream = '', ...models] = process.argv;
const PLENTY = 1_000_000_000;

const provider = openaiCompatible({ baseUrl: `${upstream}/v1`, apiKey: 'sk-upstream', proxy: false });
const spare = openaiCompatible({ baseUrl: `${upstream}/v1`, apiKey: 'sk-spare', proxy: false });

const hub = new NexusHub({
  providers: { main: provider, spare },
  // Callers know a model by another name than its provider: the name in every request is changed.
  models: Object.fromEntries(models.map((model) => [model, routesOf(model)])),
  keys: [
    { name: 'caller', key: CALLER_KEY, models, requestsPerMinute: PLENTY, tokensPerMinute: PLENTY },
    { name: 'other', key: 'sk-somebody-else' },
  ],
  limits: { requestsPerSecond: PLENTY },
  flow: { maxConcurrency: 100_000, requestsPerSecond: PLENTY },
});

function routesOf(model: string): readonly Route<'main' | 'spare'>[] {
  return [
    { provider: 'main', model: `mock-${model}` },
    { provider: 'spare', weight: 0 },
  ];
}

serveOn(nexusServer(hub));
