import { createHash } from 'node:crypto';
import type { SessionFound, SessionHistory, SessionName, SessionStore, TurnFacts } from 'nexusai-hub/ports';
import { type Script, Scripts } from './scripts.ts';
import { APPEND, COUNT, END, HISTORY, MERGE, OPEN, SPLIT } from './session-scripts.ts';
import { type RedisUse, useRedis } from './use.ts';

/** By what a conversation is found. */
const WAYS: readonly SessionFound['by'][] = ['name', 'tip', 'asked', 'branch', 'tail', 'nothing'];

/**
 * Keeps conversations in Redis, for all processes that use the same one. Each verb is one script; the keys of one owner are in
 * one slot of a cluster, those of different owners anywhere. While Redis is away every verb rejects at once.
 * @throws TypeError naming the option that is wrong.
 */
export function redisSessionStore(options: RedisUse): SessionStore {
  const redis = useRedis('redisSessionStore', options);
  const scripts = new Scripts(redis.client);
  const loaded = new Set<Script>();
  /** A script that Redis may not have yet takes two round trips: what is asked meanwhile must not overtake it. */
  let loading: Promise<unknown> | undefined;

  async function run(script: Script, name: SessionName, ...values: (string | number)[]): Promise<unknown> {
    const { owner, nowMs, idleMs, id } = name;
    while (loading) await loading.catch(() => undefined);
    const answer = scripts.run(script, [keysOf(redis.prefix, owner)], [nowMs, idleMs, id, ...values].map(String));
    if (loaded.has(script)) return answer;
    loading = answer;
    try {
      return await answer;
    } finally {
      loading = undefined;
      loaded.add(script);
    }
  }

  return {
    async open(ask) {
      const tails = ask.tails.flatMap((marks) => [marks.length, ...marks]);
      const head = [ask.isNamed ? 1 : 0, ask.asked ?? '', ask.tips.length];
      return foundIn(await run(OPEN, ask, ...head, ...ask.tips, ...tails));
    },
    async append(turn) {
      const { tips, tails, facts, said } = turn;
      const messages = said ? [said.keep ?? '', said.maxLength, lengthOf(said.add), ...said.add.map(stored)] : [];
      await run(APPEND, turn, printed(facts), tips.length, ...tips, tails.length, ...tails, ...messages);
    },
    async count(name, tip, tokens) {
      await run(COUNT, name, tip, tokens);
    },
    async history(name) {
      return historyIn(await run(HISTORY, name));
    },
    async end(name) {
      return (await run(END, name)) === 1;
    },
    async merge(into, from) {
      return (await run(MERGE, into, from)) === 1;
    },
    async split(name, at, to) {
      return (await run(SPLIT, name, at, to)) === 1;
    },
    close: () => redis.close(),
  };
}

/** The start of an owner's keys: the prefix, with the owner in its hash tag. */
function keysOf(prefix: string, owner: string): string {
  const hash = createHash('sha256').update(owner).digest('base64url').slice(0, 22);
  return `${prefix.replace('}', `/${hash}}`)}sessions:`;
}

/** `tokens messages sent setting`; a setting may hold anything. */
function printed({ tokens, messages, sent, setting }: TurnFacts): string {
  return `${tokens === undefined ? '-' : String(tokens)} ${messages} ${sent} ${setting}`;
}

function factsIn(text: string): TurnFacts | undefined {
  const [, tokens = '-', messages, sent, setting = ''] = /^(\S+) (\d+) (\d+) ([^]*)$/.exec(text) ?? [];
  if (messages === undefined) return undefined;
  return {
    messages: Number(messages),
    sent: Number(sent),
    tokens: tokens === '-' ? undefined : Number(tokens),
    setting,
  };
}

/** A message with its length before it, so that Redis need not count characters. */
function stored(message: string): string {
  return `${message.length} ${message}`;
}

function lengthOf(messages: readonly string[]): number {
  return messages.reduce((sum, { length }) => sum + length, 0);
}

function foundIn(answer: unknown): SessionFound {
  const [id, isNew, by, place, facts] = Array.isArray(answer) ? (answer as unknown[]) : [];
  const way = WAYS.find((one) => one === by);
  if (typeof id !== 'string' || way === undefined || typeof facts !== 'string')
    throw new TypeError('Redis gave no answer of the script that was run.');
  return { id, isNew: isNew === 1, by: way, place: Number(place), turn: factsIn(facts) };
}

function historyIn(answer: unknown): SessionHistory | undefined {
  if (answer === 'lost') return 'too-long';
  if (!Array.isArray(answer)) return undefined;
  return answer.map((message) => String(message).replace(/^\d+ /, ''));
}
