import { NexusHub } from 'nexusai-hub';
import type { Authenticator } from 'nexusai-hub/ports';
import { completionOf, gate } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { json } from '../http/transports.ts';

const CHAT = 'http://hub/v1/chat/completions';
const authenticator: Authenticator = {
  identify: ({ key }) => ({ id: key ?? 'process', role: 'user', priority: key === 'high' ? 5 : 0 }),
};

/** A hub whose provider has one place, taken until the test says so, and the names of those it served, in order. */
function oneAtATime() {
  const served: string[] = [];
  const door = gate();
  const hub = new NexusHub({
    providers: {
      main: {
        kind: 'narrow',
        async open({ messages }) {
          served.push(JSON.stringify(messages[0]?.content).slice(1, -1));
          if (served.length === 1) await door.opened;
          return completionOf('ok');
        },
      },
    },
    flow: { maxConcurrency: 1 },
    authenticator,
    tokenCounter: { count: async (text) => ({ tokens: text.length, exact: false }) },
  });
  const bodyOf = (name: string) => ({ model: 'm', messages: [{ role: 'user' as const, content: name }] });
  const waiting: Promise<unknown>[] = [];
  const call = (name: string, priority?: number): void => {
    waiting.push(hub.chat.completions.create(bodyOf(name), priority === undefined ? {} : { priority }));
  };
  const send = (name: string, headers: Record<string, string>): void => {
    waiting.push(hub.fetch(CHAT, json(bodyOf(name), headers)));
  };
  const orderOfTurns = async (): Promise<string[]> => {
    while (hub.stats.now().inFlight < waiting.length) await new Promise(setImmediate);
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    door.open();
    await Promise.all(waiting);
    await hub.close();
    return served.slice(1);
  };
  return { call, send, orderOfTurns };
}

describe('requests that wait for a place', () => {
  it('go by the priority of their call', async () => {
    const { call, orderOfTurns } = oneAtATime();
    call('first');
    call('low', -1);
    call('plain');
    call('high', 1);
    expect(await orderOfTurns()).toEqual(['high', 'plain', 'low']);
  });

  it('go by their key over HTTP, which a header lowers and never raises', async () => {
    const { send, orderOfTurns } = oneAtATime();
    send('first', {});
    send('plain', { authorization: 'Bearer plain' });
    send('boasts', { authorization: 'Bearer plain', 'x-nexus-priority': '100' });
    send('modest', { authorization: 'Bearer high', 'x-nexus-priority': '-1' });
    send('high', { authorization: 'Bearer high' });
    expect(await orderOfTurns()).toEqual(['high', 'plain', 'boasts', 'modest']);
  });
});
