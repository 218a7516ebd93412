import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, PLAIN } from '../request-path/harness.ts';

function hubWith(options: Partial<NexusHubOptions>): NexusHub {
  return new NexusHub({ providers: { main: scriptedProvider({ says: 'Hello' }) }, ...options });
}

describe('roles', () => {
  it.each<[string, unknown, RegExp]>([
    [
      'a key with a role that does not exist',
      { keys: [{ name: 'app', key: 'a-long-secret', role: 'auditr' }], roles: { auditor: [] } },
      /the key "app" has the role "auditr", which does not exist\. Roles: admin, operator, viewer, user, auditor\./,
    ],
    [
      'a key with the name of a member of all objects',
      { keys: [{ name: 'app', key: 'a-long-secret', role: 'constructor' }] },
      /which does not exist/,
    ],
    ['another meaning for a built-in one', { roles: { viewer: ['chat'] } }, /roles\.viewer: is a role of every hub/],
    ['a permission that does not exist', { roles: { a: ['stats'] } }, /roles\.a\[0\]: .*stats\.read.*got "stats"/],
    [
      'a permission that does not exist, beside what else is said',
      { roles: { a: { permissions: ['stats'] } } },
      /roles\.a\.permissions\[0\]: .*stats\.read.*got "stats"/,
    ],
    ['one without permissions', { roles: { a: { signature: 'required' } } }, /roles\.a\.permissions/],
    ['what no role has', { roles: { a: { permissions: [], models: ['m'] } } }, /roles\.a\.models: is not known/],
    [
      'a key that cannot sign, and has to',
      {
        keys: [{ name: 'app', key: 'a-short-secret', role: 'bot' }],
        roles: { bot: { permissions: ['chat'], signature: 'required' } },
      },
      /the key "app" has the role "bot", which takes signed requests only: its key needs 32 characters to sign with\./,
    ],
    ['a name with a blank', { roles: { 'an auditor': [] } }, /roles\["an auditor"\]: expected letters/],
  ])('are refused: %s', (_what, options, message) => {
    expect(() => hubWith(options as Partial<NexusHubOptions>)).toThrow(message);
  });

  it('hold in process, too, where an authenticator gives this program one', async () => {
    const hub = hubWith({ authenticator: { identify: () => ({ id: 'me', role: 'viewer' }) } });
    const lacks = async (act: Promise<unknown>): Promise<unknown> => {
      const { code, details } = (await failureOf(act)) as { code: string; details: { permission?: string } };
      return [code, details.permission];
    };
    expect((await hub.stats.summary()).requests).toBe(0);
    expect(await hub.circuits.list()).toEqual([]);
    expect(await lacks(hub.chat.completions.create(PLAIN))).toEqual(['forbidden', 'chat']);
    expect(await lacks(hub.explain(PLAIN))).toEqual(['forbidden', 'explain']);
    expect(await lacks(hub.circuits.open('main/m'))).toEqual(['forbidden', 'circuits.write']);
    expect(await lacks(hub.conversations.list())).toEqual(['forbidden', 'conversations.read']);
    expect(await lacks(hub.conversations.export({ format: 'csv' }).next())).toEqual([
      'forbidden',
      'conversations.export',
    ]);
    expect(await lacks(hub.conversations.end('any'))).toEqual(['forbidden', 'conversations.write']);
    expect(await lacks(hub.backups.create())).toEqual(['forbidden', 'backups.write']);
    await hub.close();
  });

  it('C3: whoever leaves before it is known who it is waits no longer', async () => {
    const hub = hubWith({ authenticator: { identify: () => new Promise<never>(() => undefined) } });
    const leaving = new AbortController();
    const asking = failureOf(Promise.resolve(hub.authorize({ via: 'http' }, 'chat', leaving.signal)));
    leaving.abort();
    expect(await asking).toMatchObject({ code: 'cancelled' });
    expect(await failureOf(Promise.resolve(hub.authorize({ via: 'http' }, 'chat', leaving.signal)))).toMatchObject({
      code: 'cancelled',
    });
    await hub.close();
  });
});
