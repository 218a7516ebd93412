import type { Setup } from './setup.ts';

/** What a hub serves when it is ready. */
export interface Served {
  /** For people: one line per provider. */
  readonly providers: readonly string[];
  /** A model to try, if one is known by name. */
  readonly model: string | undefined;
  /** False: everybody who reaches this machine's own address may chat. */
  readonly needsKey: boolean;
}

/** Waits until what is configured is in force, the file's and what was changed since, and tells what that is. */
export async function servedBy({ hub, isOpen }: Pick<Setup, 'hub' | 'isOpen'>): Promise<Served> {
  await hub.ready();
  const [views, models, { document }] = await Promise.all([
    hub.admin.providers.list(),
    hub.admin.providerModels.list(),
    hub.admin.config.get(),
  ]);
  const keys = document['keys'];
  const namesOf = (id: string): string =>
    models.flatMap(({ providerId, name }) => (providerId === id ? [name] : [])).join(', ') || 'any model';
  return {
    providers: views.map(({ id, kind }) => `${id} (${kind}): ${namesOf(id)}`),
    model: models[0]?.name,
    needsKey: !isOpen || (Array.isArray(keys) && keys.length > 0),
  };
}
