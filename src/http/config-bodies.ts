import type { ConfigPreview, ConfigView, ModelView, ProviderTest, ProviderView } from '../config-control.ts';
import type { EpochSummary } from '../ports/index.ts';

/** An epoch, without what it says. */
export function epochBody({ number, atMs, by, note }: EpochSummary): object {
  return { object: 'config.epoch', id: String(number), epoch: number, created_at_ms: atMs, by, note };
}

/** What is in force. */
export function configBody({ document, behind, ...epoch }: ConfigView): object {
  return { ...epochBody(epoch), object: 'config', ...(behind === undefined ? {} : { behind }), config: document };
}

/** What a change would do. */
export function previewBody(preview: ConfigPreview): object {
  const { epoch, changes, modelsRemoved, modelsAdded, keysWithoutRole, affected } = preview;
  return {
    object: 'config.preview',
    epoch,
    changes,
    models_removed: modelsRemoved,
    models_added: modelsAdded,
    keys_without_role: keysWithoutRole,
    affected_requests:
      affected?.map(({ callerId, ...rest }) => ({ ...rest, refused: rest.refused ?? null, key: callerId })) ?? null,
  };
}

/** A provider, with the members a file has for it. */
export function providerBody({ id, isConfigured, settings }: ProviderView): object {
  return { object: 'provider', id, ...settings, configured: isConfigured };
}

/** A model of a provider. */
export function modelBody({ id, providerId, name, settings }: ModelView): object {
  return { object: 'provider_model', id, provider_id: providerId, name, ...settings };
}

/** What a test came to. */
export function testBody({ ok, model, latencyMs, said, promptTokens, completionTokens, error }: ProviderTest): object {
  return {
    object: 'provider.test',
    ok,
    model,
    latency_ms: latencyMs,
    said,
    usage: { prompt_tokens: promptTokens, completion_tokens: completionTokens },
    error: error && { code: error.code, message: error.message, provider_status: error.providerStatus },
  };
}
