import { inspect } from 'node:util';

import { openaiCompatible } from 'nexusai-hub/adapters/openai-compatible';
import type { ChatRequest } from 'nexusai-hub/ports';
import { askKey, keyring, Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

import { scriptedFetch } from '../../src/testing/scripted-fetch.ts';
import { contextWith } from '../adapters/context.ts';

const KEY = 'sk-hunter2hunter2';

describe('X1: a secret', () => {
  it('shows in no way of printing it', () => {
    const secret = new Secret('hunter2');
    const shown = [
      `${String(secret)} ${secret.toString()}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
      Object.entries(secret).join(),
      [secret].join(),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(inspect(secret)).toBe('[secret]');
    expect(JSON.stringify([secret])).toBe('["[secret]"]');
    expect(secret.reveal()).toBe('hunter2');
  });

  it('comes from a text, or from a function asked each time', async () => {
    expect((await keyring('k')()).reveal()).toBe('k');
    let count = 0;
    const ring = keyring(() => `k${++count}`);
    expect([(await ring()).reveal(), (await ring()).reveal()]).toEqual(['k1', 'k2']);
  });

  it.each([
    ['a line break behind it', `${KEY}\n`, 'more than a key'],
    ['a carriage return in it', `${KEY}\r\nx-admin: 1`, 'more than a key'],
    ['a blank before it', ` ${KEY}`, 'more than a key'],
    ['a letter no header takes', `${KEY}密`, 'more than a key'],
    ['an empty text', '', 'an empty text'],
    ['nothing', undefined, 'no text'],
    ['null', null, 'no text'],
    ['an object', { key: KEY }, 'no text'],
    ['bytes', Buffer.from(KEY), 'no text'],
  ])('is refused before it is sent when the function gives %s', async (_name, given: unknown, mistake) => {
    const scripted = scriptedFetch({ sends: ['{}'] });
    const give = (): string => given as string;
    const provider = openaiCompatible({ baseUrl: 'http://server.test/v1', apiKey: give, fetch: scripted.fetch });
    const request: ChatRequest = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
    for (const pending of [keyring(give)(), askKey(keyring(give)), provider.open(request, contextWith())]) {
      const error: unknown = await Promise.resolve<unknown>(pending).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(error).toMatchObject({ code: 'provider_denied', message: expect.stringContaining(`gave ${mistake};`) });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY);
    }
    expect(scripted.requests).toHaveLength(0);
  });

  it('whatever the function throws goes along as the cause', async () => {
    const cause = new Error('the vault is sealed');
    const pending = askKey(keyring(() => Promise.reject(cause)));
    await expect(pending).rejects.toMatchObject({ code: 'provider_denied', cause });
  });
});
