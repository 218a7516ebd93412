import { inspect, isDeepStrictEqual } from 'node:util';

import type { Usage } from '../../openai/types.ts';
import type { AttemptRecord, KeptMessage, Ledger, LedgerEntry, RequestRecord } from '../../ports/index.ts';

/** Something every ledger has to do, asked of two ledgers over one place. */
export interface LedgerCheck {
  /** Id of the field lesson it comes from. */
  readonly lesson?: string;
  readonly name: string;
  readonly check: (ledger: Ledger, reopen: () => Promise<Ledger>) => Promise<void>;
}

export const HOUR: number = 3_600_000;
export const DAY: number = 24 * HOUR;

/** Noon of a day in the past: no ledger has a reason to take it for the future, or to do away with it. */
export const NOON: number = Date.UTC(2026, 0, 15, 12);

/** Fails unless both are the same, in whatever order their members stand. */
export function expectEqual(what: string, came: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(came, wanted)) return;
  const shown = (value: unknown): string => inspect(value, { depth: 9, breakLength: Infinity, sorted: true });
  throw new Error(`${what}: expected ${shown(wanted)}; came ${shown(came)}.`);
}

/** Fails unless this rejects. */
export async function expectRejection(what: string, pending: Promise<unknown>): Promise<void> {
  const came = await pending.then(
    () => 'it resolved',
    () => undefined,
  );
  if (came !== undefined) throw new Error(`${what}: expected an error, but ${came}.`);
}

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Tokens as a provider reports them. */
export function tokens(prompt: number, completion: number, cached?: number, reasoning?: number): Usage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...(reasoning === undefined ? {} : { completion_tokens_details: { reasoning_tokens: reasoning } }),
  };
}

/** An attempt that answered, unless told otherwise. */
export function attempt(change: Partial<AttemptRecord> = {}): AttemptRecord {
  const { providerId = 'main', model = 'upstream' } = change;
  return {
    reason: 'first',
    target: `${providerId}/${model}`,
    providerId,
    providerKind: 'openai',
    model,
    startedAfterMs: 0,
    firstContentMs: 20,
    durationMs: 100,
    outcome: 'ok',
    usage: tokens(10, 5),
    usageProvenance: 'reported',
    costNanoUsd: 1_000,
    priceVersion: 'v1',
    ...change,
  };
}

/** A request as a ledger is told of it, and what was said in it. */
export interface SampleEntry extends Partial<RequestRecord> {
  readonly id: string;
  /** What the caller said, at the places from `position` on, and then the model. */
  readonly says?: readonly string[];
  readonly answers?: string;
  readonly position?: number;
}

/** An entry: one attempt that answered, of the caller `app`, at noon. */
export function entry({ id, says = [], answers, position = 0, ...change }: SampleEntry): LedgerEntry {
  const { attempts = [attempt()] } = change;
  const last = attempts.at(-1);
  const record: RequestRecord = {
    requestId: `req_${id}`,
    operation: 'chat',
    callerId: 'app',
    conversationId: undefined,
    newConversation: false,
    model: 'm',
    streamed: true,
    startedAtMs: NOON,
    durationMs: 120,
    outcome: last?.outcome ?? 'error',
    usage: last?.usage,
    usageProvenance: last?.usageProvenance ?? 'absent',
    costNanoUsd: last?.costNanoUsd ?? null,
    priceVersion: last?.priceVersion,
    ...change,
    attempts,
  };
  const said = says.map((text, place) => message(position + place, 'caller', text));
  const answered = answers === undefined ? [] : [message(position + says.length, 'model', answers)];
  return { id, record, messages: [...said, ...answered] };
}

/** What a message says, of those of {@link entry}. */
export function textIn(json: string): unknown {
  return (JSON.parse(json) as { content: unknown }).content;
}

function message(position: number, from: KeptMessage['from'], content: string): KeptMessage {
  const role = from === 'caller' ? 'user' : 'assistant';
  return { position, role, from, json: JSON.stringify({ role, content }) };
}
