import { NexusHub, type NexusHubOptions, type Providers } from 'nexusai-hub';
import { openai } from 'nexusai-hub/adapters/openai';
import OpenAI from 'openai';

import type { AnswerScript } from '../../src/testing/answer-script.ts';
import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { keepBooks, type Books } from '../request-path/books.ts';
import type { Served, Transport } from '../http/transports.ts';

export const KEY = 'sk-forward-tests';

/** A hub before one or two scripted upstreams that speak OpenAI's wire, served over one of the transports. */
export interface Forwarding {
  readonly hub: NexusHub;
  readonly main: ScriptedUpstream;
  readonly spare: ScriptedUpstream;
  readonly books: Books;
  readonly served: Served;
  readonly client: OpenAI;
  close(): Promise<void>;
}

/** The model `m` is served by `main`, and by `spare` as `m-spare` when `main` fails; `s` by `spare` only. */
export async function forwarding(transport: Transport, options: Partial<NexusHubOptions> = {}): Promise<Forwarding> {
  const [main, spare] = [await scriptedUpstream(), await scriptedUpstream()];
  const books = keepBooks();
  const apiKey = 'sk-upstream-0123456789';
  const providers: Providers = {
    main: openai({ baseUrl: `${main.url}/v1`, apiKey, models: ['m'] }),
    spare: openai({ baseUrl: `${spare.url}/v1`, apiKey, models: ['m'] }),
  };
  const hub = new NexusHub({
    providers,
    models: {
      m: ['main', { provider: 'spare', model: 'm-spare', weight: 0 }],
      s: 'spare',
      only: 'main',
      'omni-moderation-latest': 'main',
    },
    keys: [
      { name: 'app', key: KEY },
      { name: 'other', key: `${KEY}-other` },
    ],
    routing: { maxAttempts: 2, backoffMs: 0 },
    limiter: books.limiter,
    flowControl: books.flowControl,
    circuitBreaker: books.circuitBreaker,
    statsSinks: [books.sink],
    ...options,
  });
  const served = await transport.serve(hub, { bodyLimitBytes: 100_000 });
  return {
    hub,
    main,
    spare,
    books,
    served,
    client: new OpenAI({ baseURL: `${served.url}/v1`, apiKey: KEY, fetch: served.fetch, maxRetries: 0 }),
    async close() {
      await served.close();
      await hub.close({ drainMs: 0 });
      await main.close();
      await spare.close();
    },
  };
}

export function json(body: object | string | Uint8Array, status = 200): AnswerScript {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json' }, sends: [text] };
}

export function events(...list: readonly (readonly [event: string | undefined, data: unknown])[]): string[] {
  return list.map(([event, data]) => {
    const name = event === undefined ? '' : `event: ${event}\n`;
    return `${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
  });
}
