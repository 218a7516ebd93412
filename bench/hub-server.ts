/** The hub with every feature on: keys with limits, the model table, circuit, queues, conversations, statistics. */
import { NexusHub, type Route } from 'nexusai-hub';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import { sqliteLedger } from 'nexusai-hub/adapters/sqlite';

import { CALLER_KEY } from './wire.ts';
import { serveOn } from './worker.ts';

const [, , upstream = '', ...given] = process.argv;
const LEDGER = '--ledger=';
/** Where records are kept; absent: in memory, the latest of them. */
const file = given.find((word) => word.startsWith(LEDGER))?.slice(LEDGER.length);
const models = given.filter((word) => !word.startsWith(LEDGER));
const PLENTY = 1_000_000_000;
const LOOKS_EVERY_MS = 20;

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
  ...(file === undefined ? {} : { ledger: sqliteLedger({ file }) }),
});

function routesOf(model: string): readonly Route<'main' | 'spare'>[] {
  return [
    { provider: 'main', model: `mock-${model}` },
    { provider: 'spare', weight: 0 },
  ];
}

/** The longest that a record waited since it was asked for last. */
let waitedMs = 0;
if (file !== undefined)
  setInterval(() => {
    waitedMs = Math.max(waitedMs, hub.stats.now().ledger.oldestWaitingMs);
  }, LOOKS_EVERY_MS);

serveOn(nexusServer(hub), {
  waited: async () => {
    const longest = waitedMs === 0 ? 0 : waitedMs + LOOKS_EVERY_MS;
    waitedMs = 0;
    return longest;
  },
});
