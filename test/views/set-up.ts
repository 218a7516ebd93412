import { memoryLedger, NexusHub } from 'nexusai-hub';
import { createFetch, type Gateway } from 'nexusai-hub/http';
import type { Ledger, LedgerEntry, RequestRecord } from 'nexusai-hub/ports';
import { type ManualClock, manualClock, scriptedProvider } from 'nexusai-hub/testing';
import { Conversations } from '../../src/conversations-api.ts';
import { LiveFeed } from '../../src/live-stats.ts';
import { Stats } from '../../src/stats-api.ts';
import { Views, viewsFor } from '../../src/views.ts';

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

/** A hub whose views show a ledger that a test fills. */
export interface SetUp {
  readonly hub: Pick<NexusHub, 'stats' | 'conversations' | 'chat' | 'fetch' | 'close'> & Gateway;
  readonly ledger: Ledger;
  readonly clock: ManualClock;
  /** What an admin is told, over HTTP. */
  ask(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>;
}

/** Makes a hub that writes to a ledger in memory, or one that is given, and shows it. */
export function setUp({ ledger = memoryLedger() }: { readonly ledger?: Ledger } = {}): SetUp {
  const clock = manualClock(NOON);
  const main = scriptedProvider({
    says: 'Hi!',
    usage: { prompt_tokens: 8, completion_tokens: 4, total_tokens: 12 },
  });
  let count = 0;
  const record = (one: RequestRecord): void =>
    void ledger.append([{ id: `made-${count++}`, record: one, messages: [] }]);
  const hub = new NexusHub({ providers: { main }, keys: KEYS, clock, statsSinks: [{ record }] });
  const { now } = hub.stats;
  const live = new LiveFeed({ summary: () => ledger.summary({}), now, clock });
  const views = new Views({ ledger, live, now, clock, logger: hub.logger });
  const gateway: Gateway = {
    isReady: true,
    clock,
    open: (call) => hub.open(call),
    identify: (credentials) => hub.identify(credentials),
    listModels: (credentials) => hub.listModels(credentials),
    circuitsFor: (credentials) => hub.circuitsFor(credentials),
    conversationsFor: (credentials) => hub.conversationsFor(credentials),
    backupsFor: (credentials) => hub.backupsFor(credentials),
    explainCall: (call) => hub.explainCall(call),
    viewsFor: async (credentials) => viewsFor(await hub.identify(credentials), views),
  };
  const fetch = createFetch(gateway);
  return {
    hub: {
      ...gateway,
      stats: new Stats(gateway, now),
      conversations: new Conversations(gateway),
      chat: hub.chat,
      fetch,
      close: async (options) => {
        live.close();
        await hub.close(options);
      },
    },
    ledger,
    clock,
    async ask(path, init = ADMIN) {
      const response = await fetch(`http://hub${path}`, init);
      return { status: response.status, body: await response.json() };
    },
  };
}
