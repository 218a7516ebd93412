import type { AffectedRequests, ConfigPreview } from '../config-control.ts';
import { asNexusError } from '../errors.ts';
import type { Parts } from '../parts.ts';
import type { Caller, RequestFacts, UsageRow } from '../ports/index.ts';
import type { Candidate } from './configuration.ts';
import { changesBetween } from './document/merge.ts';
import { shownOf } from './document/shown.ts';
import type { ManagedHub } from './managed-hub.ts';

/** What a candidate would do: what is otherwise, and what of the requests of the last day would go elsewhere, or nowhere. */
export async function previewOf({ before, after, built }: Candidate<Parts>, hub: ManagedHub): Promise<ConfigPreview> {
  const now = hub.parts();
  const [old, next] = [modelsOf(now), modelsOf(built.parts)];
  const asked = await hub.asked().catch(() => undefined);
  const changes = changesBetween(before, after).map(({ path }) => path);
  const shown = changesBetween(shownOf(before), shownOf(after));
  // Of two secrets people see the same where only the hidden letters differ.
  const hidden = changes.filter((path) => !shown.some((change) => change.path === path));
  return {
    epoch: hub.configuration.current.number,
    changes: [...shown, ...hidden.map((path) => ({ path, before: 'sk-…', after: 'sk-…' }))],
    modelsRemoved: [...old].filter((name) => !next.has(name)),
    modelsAdded: [...next].filter((name) => !old.has(name)),
    affected: asked?.flatMap((row) => affectedBy(row, now, built.parts)),
  };
}

const EVERYBODY: Caller = { id: 'preview', role: 'admin' };

function modelsOf({ router }: Parts): ReadonlySet<string> {
  return new Set(router.models(EVERYBODY).map(({ name }) => name));
}

/** Where the requests of one caller for one model went, and would go. Nothing, if that is the same. */
function affectedBy({ group, requests }: UsageRow, now: Parts, next: Parts): readonly AffectedRequests[] {
  const { model, key: callerId = null } = group;
  if (typeof model !== 'string' || requests === 0) return [];
  const caller: Caller = { id: callerId ?? 'anonymous', role: 'user' };
  const before = targetsOf(model, caller, now);
  const after = targetsOf(model, caller, next);
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

function targetsOf(model: string, caller: Caller, { router }: Parts): Targets {
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
