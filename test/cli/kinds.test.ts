import { describe, expect, it } from 'vitest';

import { checkConfig } from '../../cli/config-schema.ts';
import { providersFromConfig } from '../../cli/providers-from-config.ts';

describe.each(['anthropic', 'gemini'])('kind: %s', (kind) => {
  it('is made of a key, with the names it serves', () => {
    const config = checkConfig({ providers: [{ id: 'one', kind, api_key: 'k', models: ['a'] }] });
    expect(config.error).toBeUndefined();
    expect(providersFromConfig(config.data!.providers, 'nexus.yaml')['one']).toMatchObject({ kind, models: ['a'] });
  });

  it('needs that key', () => {
    const [issue] = checkConfig({ providers: [{ id: 'one', kind }] }).error!.issues;
    const message = `is missing; ${kind} needs a key (or several: api_keys)`;
    expect(issue).toMatchObject({ path: ['providers', 0, 'api_key'], message });
  });
});

it('max_tokens reaches the adapter that has it', () => {
  const config = checkConfig({ providers: [{ id: 'one', kind: 'anthropic', api_key: 'k', max_tokens: 5 }] });
  expect(config.data!.providers[0]).toMatchObject({ max_tokens: 5 });
  expect(providersFromConfig(config.data!.providers, 'nexus.yaml')['one']?.kind).toBe('anthropic');
});
