import {
  type RecordedRequest,
  type ScriptedUpstream,
  scriptedUpstream,
  type UpstreamScript,
} from 'nexusai-hub/testing';

import { healthy } from './behaviours.ts';

/** A provider of a run, at an address that stays: it changes its behaviour, goes away and comes back. */
export class Actor {
  readonly url: string;
  #upstream: ScriptedUpstream | undefined;
  #script: UpstreamScript = healthy;
  readonly #before: RecordedRequest[] = [];

  private constructor(upstream: ScriptedUpstream) {
    this.url = upstream.url;
    this.#upstream = upstream;
  }

  /** Starts one that answers as it should. */
  static async start(): Promise<Actor> {
    return new Actor(await scriptedUpstream(healthy));
  }

  /** Every request that arrived, oldest first. */
  get requests(): readonly RecordedRequest[] {
    return [...this.#before, ...(this.#upstream?.requests ?? [])];
  }

  get openConnections(): number {
    return this.#upstream?.openConnections ?? 0;
  }

  play(script: UpstreamScript): void {
    this.#script = script;
    this.#upstream?.play(script);
  }

  /** Dies: its connections are cut, and its port refuses new ones. */
  async goDown(): Promise<void> {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (!upstream) return;
    this.#before.push(...upstream.requests);
    await upstream.close();
  }

  /** Listens again where it was. */
  async comeUp(): Promise<void> {
    this.#upstream ??= await scriptedUpstream(this.#script, { port: Number(new URL(this.url).port) });
  }
}
