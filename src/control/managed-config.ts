import type { ChangeOptions, ConfigControl, ConfigView } from '../config-control.ts';
import type { Actor } from '../request-audit.ts';
import { previewOf } from './config-preview.ts';
import { incomingChange, incomingDocument } from './document/incoming.ts';
import { type Keyed, keyedOf, listedOf } from './document/keyed.ts';
import { merged } from './document/merge.ts';
import { shownOf } from './document/shown.ts';
import type { ManagedHub } from './managed-hub.ts';
import { managedModels } from './managed-models.ts';
import { managedProviders } from './managed-providers.ts';

/** The configuration for a caller that may see or change it. */
export function managedConfig(actor: Actor, hub: ManagedHub): ConfigControl {
  const { configuration } = hub;
  const shown = (): ConfigView => {
    const { document, ...summary } = configuration.current;
    const behind = configuration.behind;
    return { ...summary, document: listedOf(shownOf(keyedOf(document))), ...(behind === undefined ? {} : { behind }) };
  };
  const checkEpoch = ({ check }: ChangeOptions): void => check?.(String(configuration.current.number));
  return {
    current: async () => shown(),
    history: (query) => configuration.history(query),
    async preview(change, { replace = false } = {}) {
      const candidate = await configuration.preview((keyed) => changed(keyed, change, replace));
      return previewOf(candidate, hub);
    },
    async previewRollback(to) {
      return previewOf(await configuration.preview(await configuration.earlier(to)), hub);
    },
    async apply(change, { replace = false, ...options } = {}) {
      const make = (keyed: Keyed): Keyed => {
        checkEpoch(options);
        return changed(keyed, change, replace);
      };
      await configuration.apply(make, { by: actor, action: 'config.apply', target: '' });
      return shown();
    },
    async applyFile(document) {
      await configuration.applyFile(incomingDocument(document));
      return shown();
    },
    async rollback(to, options = {}) {
      await configuration.rollback(to, actor, () => {
        checkEpoch(options);
      });
      return shown();
    },
    ...managedProviders(actor, hub),
    ...managedModels(actor, hub),
  };
}

/** @param replace sections that are named are emptied first. */
function changed(keyed: Keyed, change: Readonly<Record<string, unknown>>, replace: boolean): Keyed {
  const incoming = incomingChange(change, keyed);
  if (!replace) return merged(keyed, incoming);
  const others = Object.entries(keyed).filter(([section]) => !Object.hasOwn(incoming, section));
  return merged(Object.fromEntries(others), incoming);
}
