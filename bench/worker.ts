import type { AddressInfo, Server } from 'node:net';

import type { Question, Reply, Usage, Verbs } from './verbs.ts';

type Answers = { readonly [V in keyof Verbs]?: (order: Verbs[V]['order']) => Promise<Verbs[V]['answer']> };

/** Answers the process that started this one. It ends with that process, however that one ended. */
export function serveParent(answers: Answers): void {
  const all: Answers = { usage: async () => usage(), ...answers };
  process.on('disconnect', () => process.exit());
  // A terminal sends Ctrl-C to everybody; who started us decides when we end.
  process.on('SIGINT', () => undefined);
  process.on('message', (question: Question) => {
    void replyTo(question, all).then((reply) => process.send?.(reply));
  });
}

/** Listens on a free port of the loopback, and tells it to the process that asks. */
export function serveOn(server: Server, answers: Answers = {}): void {
  const listening = new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve(portOf(server)));
  });
  serveParent({ ...answers, port: () => listening });
}

async function replyTo({ id, verb, order }: Question, answers: Answers): Promise<Reply> {
  try {
    const answer = answers[verb] as ((order: unknown) => Promise<unknown>) | undefined;
    if (!answer) throw new Error(`This process does not know "${verb}".`);
    return { id, answer: await answer(order) };
  } catch (cause) {
    return { id, error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) };
  }
}

function usage(): Usage {
  return { cpuUs: cpuUs(), rssBytes: process.memoryUsage.rss() };
}

/** User and system time of this process so far, in microseconds. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return address.port;
}
