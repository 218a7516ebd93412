import type { AffectedRequests, ConfigPreview } from '../config-control.ts';
import { asNexusError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import type { Caller, RequestFacts, StoredKey, UsageRow } from '../ports/index.ts';
import type { Candidate } from './configuration.ts';
import { isMembers, type Keyed } from './document/keyed.ts';
import { changesBetween } from './document/merge.ts';
import { shownOf } from './document/shown.ts';
import type { ManagedHub } from './managed-hub.ts';

/** What a candidate would do: what is otherwise, and what of the requests of the last day would go elsewhere, or nowhere. */
export async function previewOf({ before, after, built }: Candidate<Parts>, hub: ManagedHub): Promise<ConfigPreview> {
  const now = hub.parts();
  const [old, next] = [modelsOf(now), modelsOf(built.parts)];
  const asked = await hub.asked().catch(() => undefined);
  const stored = new Map<string, StoredKey>();
  for await (const key of hub.storedKeys()) stored.set(key.id, key);
  const [callerBefore, callerAfter] = [callersOf(before, stored), callersOf(after, stored)];
  const changes = changesBetween(before, after).map(({ path }) => path);
  const shown = changesBetween(shownOf(before), shownOf(after));
  // Of two secrets people see the same where only the hidden letters differ.
  const hidden = changes.filter((path) => !shown.some((change) => change.path === path));
  return {
    epoch: hub.configuration.current.number,
    changes: [...shown, ...hidden.map((path) => ({ path, before: 'sk-…', after: 'sk-…' }))],
    modelsRemoved: [...old].filter((name) => !next.has(name)),
    modelsAdded: [...next].filter((name) => !old.has(name)),
    keysWithoutRole: [...stored.values()]
      .filter(({ role }) => now.roles.has(role) && !built.parts.roles.has(role))
      .map(({ id, name, role }) => ({ id, name, role })),
    affected: asked?.flatMap((row) => {
      const { key } = row.group;
      const of = ({ router }: Parts, callerOf: CallerOf): Route => ({ router, caller: callerOf(key ?? null) });
      return affectedBy(row, of(now, callerBefore), of(built.parts, callerAfter));
    }),
  };
}

const EVERYBODY: Caller = { id: 'preview', role: 'admin' };

function modelsOf({ router }: Parts): ReadonlySet<string> {
  return new Set(router.models(EVERYBODY).map(({ name }) => name));
}

interface Route extends Pick<Parts, 'router'> {
  readonly caller: Caller;
}

type CallerOf = (id: string | null) => Caller;

/** Callers with what their keys let them ask, be they configured or stored. */
function callersOf(keyed: Keyed, stored: ReadonlyMap<string, StoredKey>): CallerOf {
  const configured = isMembers(keyed['keys']) ? keyed['keys'] : {};
  return (id) => {
    const key = id === null ? undefined : Object.hasOwn(configured, id) ? configured[id] : stored.get(id);
    const { models, providers } = (key ?? {}) as Partial<Pick<StoredKey, 'models' | 'providers'>>;
    return { id: id ?? 'anonymous', role: 'user', ...(models ? { models } : {}), ...(providers ? { providers } : {}) };
  };
}

/** Where the requests of one caller for one model went, and would go. Nothing, if that is the same. */
function affectedBy({ group, requests }: UsageRow, now: Route, next: Route): readonly AffectedRequests[] {
  const { model, key: callerId = null } = group;
  if (typeof model !== 'string' || requests === 0) return [];
  const before = targetsOf(model, now);
  const after = targetsOf(model, next);
  if (before.ids.join('\n') === after.ids.join('\n') && before.refused === after.refused) return [];
  return [
    {
      model,
      callerId,
      requests,
      before: before.ids,
      after: after.ids,
      ...(after.refused === undefined ? {} : { refused: after.refused }),
    },
  ];
}

interface Targets {
  readonly ids: readonly string[];
  readonly refused?: string;
}

function targetsOf(model: string, { router, caller }: Route): Targets {
  const facts: RequestFacts = {
    model,
    operation: 'chat',
    streamed: false,
    hasTools: false,
    metadata: {},
    promptTokens: 0,
  };
  try {
    return { ids: router.route(facts, caller).map(({ id }) => id) };
  } catch (cause) {
    return { ids: [], refused: asNexusError(cause).message };
  }
}
