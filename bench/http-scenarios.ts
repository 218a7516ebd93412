import { setTimeout as sleep } from 'node:timers/promises';

import type { LoadOrder, LoadResult } from './load.ts';
import type { ScenarioName } from './options.ts';
import type { Processes, Worker } from './processes.ts';
import type { Row } from './report.ts';
import { byRound, median, spreadOf } from './statistics.ts';
import { modelOf, type StreamShape, WHOLE_MODEL } from './wire.ts';

/** How much a run does. */
export interface Extent {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly forMs: number;
  readonly slowStreams: number;
  readonly slow: StreamShape;
}

/** Long enough that what one run of the garbage collector costs is spread over all rounds alike. */
export const FULL: Omit<Extent, 'rounds'> = { forMs: 2_500, slowStreams: 1_000, slow: { pieces: 12, paceMs: 500 } };
/** Just long enough that every path is walked. */
export const QUICK: Omit<Extent, 'rounds'> = { forMs: 250, slowStreams: 50, slow: { pieces: 4, paceMs: 100 } };

const FAST: StreamShape = { pieces: 400, paceMs: 0 };
const PACED: StreamShape = { pieces: 40, paceMs: 20 };
const PACED_MS = PACED.pieces * PACED.paceMs;
const LIMIT_MS = 30_000;
/**
 * What is measured is a server that has been up for a while: the hub has more code than the bare proxy, and the compiler
 * needs some ten thousand requests to get through all of it.
 */
const WARM_UPS = [
  { part: 3, order: { model: WHOLE_MODEL, connections: 64 } },
  { part: 1, order: { model: modelOf(FAST), connections: 16 } },
] as const;

/**
 * Streams whose events come one by one run other code than fast ones, at a rate at which the compiler would take minutes:
 * with as many of them as keep it going it is through in seconds.
 */
const PACED_WARM_UP = { part: 2, order: { model: modelOf(PACED), connections: 400, spreadMs: PACED_MS } } as const;

/** A gateway or the provider itself, as the load generator reaches it. */
interface Side {
  readonly worker: Worker;
  readonly port: number;
}

/** What a gateway has to do before it is measured, as a part of the length of one measurement. */
interface WarmUp {
  readonly part: number;
  readonly order: Order;
}

/** What the load generator is asked for, as far as it differs. */
type Order = Partial<LoadOrder> & Pick<LoadOrder, 'model' | 'connections'>;

/** What one measurement gave. */
interface Measured extends LoadResult {
  readonly cpuUs: number;
}

/** All that the scenarios over HTTP need: four processes, two of them gateways to the same provider. */
export class HttpBench {
  readonly #processes: Processes;
  readonly #extent: Extent;
  readonly #tell: (line: string) => void;
  readonly #load: Worker;
  readonly #provider: Side;
  #warmed: Promise<readonly [bare: Side, hub: Side]> | undefined;

  private constructor(
    processes: Processes,
    extent: Extent,
    tell: (line: string) => void,
    load: Worker,
    provider: Side,
  ) {
    this.#processes = processes;
    this.#extent = extent;
    this.#tell = tell;
    this.#load = load;
    this.#provider = provider;
  }

  /** Starts the provider and the load generator. */
  static async start(processes: Processes, extent: Extent, tell: (line: string) => void): Promise<HttpBench> {
    const load = processes.start('load-generator', 'others');
    const provider = await sideOf(processes.start('mock-provider', 'others'));
    return new HttpBench(processes, extent, tell, load, provider);
  }

  /** Runs one scenario. */
  async run(scenario: Exclude<ScenarioName, 'calls' | 'pieces'>): Promise<readonly Row[]> {
    switch (scenario) {
      case 'plain':
        return this.#plain();
      case 'large':
        return this.#perUnit('CPU per request of 100 KB', 1, 4.5, {
          model: WHOLE_MODEL,
          connections: 16,
          promptBytes: 100_000,
        });
      case 'stream':
        return this.#perUnit('CPU per event, as fast as they go', FAST.pieces + 2, 1.6, {
          model: modelOf(FAST),
          connections: 16,
        });
      case 'paced':
        return this.#paced();
      case 'slow':
        return this.#slow();
    }
  }

  /** The same two for all that is about time, warmed up. */
  #warmGateways(): Promise<readonly [bare: Side, hub: Side]> {
    return (this.#warmed ??= this.#warmedUp());
  }

  async #warmedUp(): Promise<readonly [bare: Side, hub: Side]> {
    const gateways = await this.#gateways();
    for (const warmUp of WARM_UPS) await this.#warm(gateways, warmUp);
    this.#tell('  warmed up');
    return gateways;
  }

  async #warm(sides: readonly Side[], { part, order }: WarmUp): Promise<void> {
    for (const side of sides) await this.#measure(side, { ...order, forMs: this.#extent.forMs * part });
  }

  async #gateways(): Promise<readonly [bare: Side, hub: Side]> {
    const upstream = `http://127.0.0.1:${this.#provider.port}`;
    const models = [WHOLE_MODEL, ...[FAST, PACED, this.#extent.slow].map(modelOf)];
    return Promise.all([
      sideOf(this.#processes.start('bare-proxy', 'measured', [upstream])),
      sideOf(this.#processes.start('hub-server', 'measured', [upstream, ...models])),
    ]);
  }

  async #stop(...sides: readonly Side[]): Promise<void> {
    await Promise.all(sides.map(({ worker }) => this.#processes.stop(worker)));
  }

  async #measure(side: Side, order: Order): Promise<Measured> {
    const whole = {
      port: side.port,
      promptBytes: 0,
      forMs: this.#extent.forMs,
      spreadMs: 0,
      limitMs: LIMIT_MS,
      ...order,
    };
    const before = await side.worker.ask('usage', null);
    const result = await this.#load.ask('load', whole);
    const after = await side.worker.ask('usage', null);
    if (result.failed > 0) this.#tell(`  ${result.failed} answers failed: ${result.firstFailure ?? ''}`);
    return { ...result, cpuUs: after.cpuUs - before.cpuUs };
  }

  /** Measures the sides in turn, round by round. The first round is for what only this scenario does, and does not count. */
  async #inTurn(sides: readonly Side[], order: Order): Promise<readonly Measured[][]> {
    const measured: Measured[][] = sides.map(() => []);
    for (let round = 0; round <= this.#extent.rounds; round++) {
      for (const [place, side] of sides.entries()) {
        const result = await this.#measure(side, order);
        if (round > 0) measured[place]?.push(result);
      }
      this.#tell(`  ${round === 0 ? 'tried' : `round ${round} of ${this.#extent.rounds}`}`);
    }
    return measured;
  }

  /** CPU for each request or event, ours over the bare proxy's; and how many there were in a second. */
  async #perUnit(
    name: string,
    units: number,
    goal: number | undefined,
    order: Order,
  ): Promise<readonly [cost: Row, rate: Row]> {
    const [bareRounds = [], hubRounds = []] = await this.#inTurn(await this.#warmGateways(), order);
    return [
      {
        ...ratioRow(name, 'us', bareRounds.map(costOf(units)), hubRounds.map(costOf(units))),
        ...(goal !== undefined && { goal }),
        failed: failed(hubRounds),
      },
      ratioRow(
        `${units === 1 ? 'requests' : 'events'} in a second`,
        '1/s',
        bareRounds.map(rateOf(units)),
        hubRounds.map(rateOf(units)),
      ),
    ];
  }

  /** Short questions: as many as each gateway can take, and then as many of both, half of what the hub can. */
  async #plain(): Promise<readonly Row[]> {
    const order = { model: WHOLE_MODEL, connections: 64 };
    const [most, mostRate] = await this.#perUnit('CPU per request', 1, 2, order);
    const half = mostRate.ours / 2;
    const everyMs = (order.connections * 1000) / half;
    const rate = Math.round(half).toLocaleString('en');
    const evenly = { ...order, everyMs, spreadMs: everyMs };
    const [even] = await this.#perUnit(`the same, ${rate} requests a second of both`, 1, undefined, evenly);
    return [most, mostRate, even];
  }

  async #paced(): Promise<readonly Row[]> {
    const [bare, hub] = await this.#warmGateways();
    await this.#warm([bare, hub], PACED_WARM_UP);
    const order = { model: modelOf(PACED), connections: 100, spreadMs: PACED_MS, forMs: this.#extent.forMs + PACED_MS };
    const [direct = [], bareRounds = [], hubRounds = []] = await this.#inTurn([this.#provider, bare, hub], order);
    const cost = costOf(PACED.pieces + 2);
    const later = (name: 'p50' | 'p99', goal: number): Row => {
      const alone = direct.map(({ firstTextMs }) => firstTextMs[name]);
      const laterBy = (rounds: readonly Measured[]): number[] =>
        byRound(
          rounds.map(({ firstTextMs }) => firstTextMs[name]),
          alone,
          (gateway, none) => gateway - none,
        );
      const baseline = median(laterBy(bareRounds));
      const ours = laterBy(hubRounds);
      const what = { name: `first token later than without a gateway, ${name}`, unit: 'ms', baselineName: 'bare' };
      return { ...what, baseline, ours: median(ours), comparison: 'value', compared: spreadOf(ours), goal };
    };
    return [
      {
        ...ratioRow('CPU per event, one every 20 ms', 'us', bareRounds.map(cost), hubRounds.map(cost)),
        goal: 1.3,
        failed: failed(hubRounds),
      },
      later('p50', 0.3),
      later('p99', 3),
    ];
  }

  async #slow(): Promise<readonly Row[]> {
    const rounds = Math.min(this.#extent.rounds, 2);
    const cut: [bare: number[], hub: number[]] = [[], []];
    const kilobytes: [bare: number[], hub: number[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      // What streams take is told from what was there before only in a process that has done little else.
      const sides = await this.#gateways();
      for (const [place, side] of sides.entries()) {
        const { failed, bytesEach } = await this.#holdStreams(side);
        cut[place]?.push(failed);
        kilobytes[place]?.push(bytesEach / 1024);
      }
      await this.#stop(...sides);
      this.#tell(`  round ${round} of ${rounds}`);
    }
    const streams = `${this.#extent.slowStreams} slow streams`;
    return [
      { ...valueRow(`${streams}: cut or wrong`, 'streams', cut), goal: 0 },
      { ...valueRow(`${streams}: memory for each`, 'KB', kilobytes), goal: 60 },
    ];
  }

  /** Holds all slow streams open at once, and looks at the memory in the middle. */
  async #holdStreams(side: Side): Promise<{ failed: number; bytesEach: number }> {
    const { slowStreams, slow } = this.#extent;
    const lastsMs = slow.pieces * slow.paceMs;
    await this.#measure(side, { model: modelOf(FAST), connections: 4 });
    const before = await side.worker.ask('usage', null);
    const order = { model: modelOf(slow), connections: slowStreams, forMs: undefined, spreadMs: lastsMs / 4 };
    const answers = this.#measure(side, order);
    const [{ failed }, middle] = await Promise.all([
      answers,
      sleep((lastsMs * 3) / 4).then(() => side.worker.ask('usage', null)),
    ]);
    return { failed, bytesEach: (middle.rssBytes - before.rssBytes) / slowStreams };
  }
}

async function sideOf(worker: Worker): Promise<Side> {
  return { worker, port: await worker.ask('port', null) };
}

function failed(rounds: readonly Measured[]): number {
  return rounds.reduce((sum, { failed }) => sum + failed, 0);
}

function costOf(units: number): (measured: Measured) => number {
  return ({ cpuUs, answers }) => cpuUs / answers / units;
}

function rateOf(units: number): (measured: Measured) => number {
  return ({ answers, seconds }) => (answers * units) / seconds;
}

function ratioRow(name: string, unit: string, bare: readonly number[], hub: readonly number[]): Row {
  const compared = spreadOf(byRound(hub, bare, (ours, baseline) => ours / baseline));
  return { name, unit, baselineName: 'bare', baseline: median(bare), ours: median(hub), comparison: 'ratio', compared };
}

function valueRow(name: string, unit: string, [bare, hub]: readonly [readonly number[], readonly number[]]): Row {
  const sides = { baselineName: 'bare', baseline: median(bare), ours: median(hub) };
  return { name, unit, ...sides, comparison: 'value', compared: spreadOf(hub) };
}
