import { checkedFile, type Config } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import { describe, expect, it } from 'vitest';

import { configuredOptions } from './configured-options.ts';

function configOf(provider: object): Config {
  const checked = checkedFile({ providers: [provider] }, providerKinds);
  if ('config' in checked) return checked.config;
  throw new Error(JSON.stringify(checked.complaints));
}

describe.each(['anthropic', 'gemini'])('kind: %s', (kind) => {
  it('is made of a key, with the names it serves', () => {
    const config = configOf({ id: 'one', kind, api_key: 'k', models: ['a'] });
    expect(configuredOptions(config).providers['one']).toMatchObject({ kind, models: ['a'] });
  });

  it('needs that key', () => {
    const [complaint] = checkedFile({ providers: [{ id: 'one', kind }] }, providerKinds).complaints;
    const message = `is missing; ${kind} needs a key (or several: api_keys)`;
    expect(complaint).toMatchObject({ path: ['providers', 0, 'api_key'], message });
  });
});

it('max_tokens reaches the adapter that has it', () => {
  const config = configOf({ id: 'one', kind: 'anthropic', api_key: 'k', max_tokens: 5 });
  expect(config.providers[0]).toMatchObject({ max_tokens: 5 });
  expect(configuredOptions(config).providers['one']?.kind).toBe('anthropic');
});
