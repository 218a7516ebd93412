import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { ConfigStore, SecretStore } from 'nexusai-hub/ports';
import type { ProviderKinds, ProviderSettings } from 'nexusai-hub/provider-kit';
import { type ManualClock, manualClock, type Script, scriptedProvider } from 'nexusai-hub/testing';

/** A kind whose providers say their id and their key, so that it shows who answered with what. */
export function tellingKinds(made: ProviderSettings[] = [], script?: (id: string) => Script): ProviderKinds {
  return {
    telling: {
      make(settings) {
        made.push(settings);
        const says = { says: `${settings.id} ${settings.api_key ?? 'without a key'}` };
        const { models } = settings;
        return scriptedProvider(script?.(settings.id) ?? says, models ? { models } : {});
      },
    },
  };
}

export interface ManagedHub {
  readonly hub: NexusHub;
  readonly clock: ManualClock;
  /** What a provider of this model says. */
  ask(model: string): Promise<string>;
  /** The same over HTTP: the status, and the code of the error. */
  status(model: string): Promise<[status: number, code: string | undefined]>;
}

/** A hub that is configured while it runs, with one provider `main` that has the model `m`. */
export async function managedHub(options: Partial<NexusHubOptions> = {}): Promise<ManagedHub> {
  const { clock: given, control, ...rest } = options;
  const clock = (given as ManualClock | undefined) ?? manualClock();
  const document = { providers: [{ id: 'main', kind: 'telling', api_key: 'key-of-main-0001', models: ['m'] }] };
  const hub = new NexusHub({ providers: {}, clock, control: { kinds: tellingKinds(), document, ...control }, ...rest });
  await hub.ready();
  const messages = [{ role: 'user' as const, content: 'Hello' }];
  return {
    hub,
    clock,
    async ask(model) {
      const { choices } = await hub.chat.completions.create({ model, messages });
      return String(choices[0]?.message.content);
    },
    async status(model) {
      const body = JSON.stringify({ model, messages });
      const headers = { 'content-type': 'application/json' };
      const response = await hub.fetch('http://hub/v1/chat/completions', { method: 'POST', headers, body });
      const { error } = (await response.json()) as { error?: { code?: string } };
      return [response.status, error?.code];
    },
  };
}

/** Stores that several hubs share. */
export interface SharedStores {
  readonly config: ConfigStore;
  readonly secrets: SecretStore;
}
