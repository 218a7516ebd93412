import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { NexusHub, type NexusHubOptions, weighted } from 'nexusai-hub';
import { nexusServer } from 'nexusai-hub/adapters/node';
import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { Balancer, Provider } from 'nexusai-hub/ports';

import { CALLER_KEY } from '../wire.ts';
import { Actor } from './actor.ts';
import { Watch } from './watch.ts';

/** The model of the load. All three providers serve it with the same weight. */
export const MODEL = 'chat';
/** The provider that fails, where not all do. */
const FAILING = 'one';

/** How long an open circuit leaves a provider alone here. */
export const RETRY_AFTER_MS = 1_000;

/**
 * Limits of time are a tenth of their defaults and less, so that a run takes a minute and not an hour. All others are
 * what they are for everybody.
 */
const SHORTENED = {
  timeouts: { firstContentMs: 500, idleMs: 1_000 },
  routing: { deadlineMs: 6_000, backoffMs: 25 },
  circuit: { windowMs: 1_000, retryAfterMs: RETRY_AFTER_MS },
} as const satisfies Partial<NexusHubOptions>;

/** What a scenario turns on. */
export type Extras = Pick<NexusHubOptions, 'routing' | 'circuit'> & { readonly strategy?: () => Balancer };

/** The longest that what was left may take to be given back. */
const GIVING_BACK_MS = 3_000;

/** A hub over HTTP before three providers, all of it on the loopback, for one scenario. */
export class Stage {
  readonly watch: Watch;
  readonly hub: NexusHub;
  /** The one that fails comes first. */
  readonly actors: readonly [Actor, Actor, Actor];
  readonly #server: Server;

  private constructor(watch: Watch, hub: NexusHub, actors: Stage['actors'], server: Server) {
    this.watch = watch;
    this.hub = hub;
    this.actors = actors;
    this.#server = server;
  }

  /** @param threshold failures in a row after which the failing provider is to be left alone. */
  static async set(extras: Extras, threshold: number | undefined): Promise<Stage> {
    const actors = await Promise.all([Actor.start(), Actor.start(), Actor.start()]);
    const [one, two, three] = actors;
    const { strategy = weighted, routing, circuit } = extras;
    const watch = new Watch(FAILING, threshold);
    const hub = new NexusHub({
      providers: { one: providerAt(one), two: providerAt(two), three: providerAt(three) },
      models: { [MODEL]: ['one', 'two', 'three'] },
      keys: [{ name: 'load', key: CALLER_KEY }],
      balancer: watch.listening(strategy()),
      statsSinks: [watch.sink],
      timeouts: SHORTENED.timeouts,
      routing: { ...SHORTENED.routing, ...routing },
      circuit: { ...SHORTENED.circuit, ...circuit },
    });
    const server = nexusServer(hub);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Stage(watch, hub, actors, server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Whether all that requests have taken was given back, at the latest a while after the last of them. */
  async givesBack(): Promise<boolean> {
    const until = performance.now() + GIVING_BACK_MS;
    while ((this.hub.stats.now().inFlight > 0 || this.watch.running > 0) && performance.now() < until) await sleep(20);
    return this.hub.stats.now().inFlight === 0 && this.watch.running === 0;
  }

  /** Ends everything that was started. */
  async strike(): Promise<void> {
    this.#server.close();
    await this.hub.close({ drainMs: 0 });
    this.#server.closeAllConnections();
    await Promise.all(this.actors.map((actor) => actor.goDown()));
  }
}

function providerAt({ url }: Actor): Provider {
  return openaiCompatible({ baseUrl: `${url}/v1`, apiKey: 'sk-upstream', proxy: false });
}
