import { inspect } from 'node:util';

import { keyring, Secret } from 'nexusai-hub/provider-kit';
import { describe, expect, it } from 'vitest';

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
});
