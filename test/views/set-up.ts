import { memoryLedger, NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { Ledger, LedgerEntry } from 'nexusai-hub/ports';
import { type ManualClock, manualClock, scriptedProvider } from 'nexusai-hub/testing';

/** Keys of a hub that tells its views to one of them. */
export const KEYS = [
  { name: 'ops', key: 'sk-ops-canary', role: 'admin' as const },
  { name: 'app', key: 'sk-app-canary' },
];

/** A request of whoever shows this key. */
export const as = (key?: string, method = 'GET'): RequestInit => ({
  method,
  headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
});
export const ADMIN: RequestInit = as('sk-ops-canary');

/** Noon of 2026-01-15. */
export const NOON = Date.UTC(2026, 0, 15, 12);

interface Sample {
  readonly id: string;
  readonly caller?: string;
  readonly conversation?: string;
  readonly model?: string;
  readonly atMs?: number;
  readonly says?: string;
  readonly answers?: string;
  readonly position?: number;
}

/** What a request that went well leaves in a ledger: 12 tokens, 8 of them asked, for 1,500 nano-dollars. */
export function entry({ id, caller = 'app', conversation, model = 'm', atMs = NOON, ...said }: Sample): LedgerEntry {
  const usage = { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 };
  const known = { usage, usageProvenance: 'reported', costNanoUsd: 1_500, priceVersion: 'v1', outcome: 'ok' } as const;
  const { says, answers, position = 0 } = said;
  const message = (place: number, role: string, content: string): LedgerEntry['messages'][number] => ({
    position: place,
    role,
    from: role === 'user' ? 'caller' : 'model',
    json: JSON.stringify({ role, content }),
  });
  return {
    id,
    record: {
      requestId: `req_${id}`,
      operation: 'chat',
      callerId: caller,
      conversationId: conversation,
      newConversation: false,
      model,
      streamed: false,
      startedAtMs: atMs,
      durationMs: 100,
      ...known,
      attempts: [
        {
          reason: 'first',
          target: `main/${model}`,
          providerId: 'main',
          providerKind: 'openai',
          model,
          startedAfterMs: 0,
          firstContentMs: 40,
          durationMs: 100,
          ...known,
        },
      ],
    },
    messages: [
      ...(says === undefined ? [] : [message(position, 'user', says)]),
      ...(answers === undefined ? [] : [message(position + (says === undefined ? 0 : 1), 'assistant', answers)]),
    ],
  };
}

/** A hub, and the ledger it writes to, which a test may fill. */
export interface SetUp {
  readonly hub: NexusHub;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  /** What an admin is told, over HTTP. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>;
}

/** Makes a hub that writes to a ledger in memory, or one that is given. */
export function setUp({ ledger = memoryLedger(), ...options }: Partial<NexusHubOptions> = {}): SetUp {
  const clock = manualClock(NOON);
  const main = scriptedProvider({
    says: 'Hi!',
    usage: { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 },
  });
  const hub = new NexusHub({ providers: { main }, keys: KEYS, clock, ledger, ...options });
  return {
    hub,
    ledger,
    clock,
    async ask(path, init = ADMIN) {
      const response = await hub.fetch(`http://hub${path}`, init);
      return { status: response.status, body: await response.json() };
    },
  };
}
