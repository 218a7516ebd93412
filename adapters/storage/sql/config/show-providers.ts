import type { StoredEpoch, StoredJson } from 'nexusai-hub/ports';
import type { LedgerTransaction } from '../dialect.ts';

/** Rows that one statement takes. */
const ROWS_AT_ONCE = 100;

interface Shown {
  readonly settings: string;
  readonly kind: string;
  readonly secrets: string | null;
}

/**
 * Brings the rows of providers and of their models up to date with an epoch. Those of what is as it was stay untouched,
 * with their versions and times.
 */
export async function showProviders(db: LedgerTransaction, { document, atMs }: StoredEpoch): Promise<void> {
  const providers = membersOf(document['providers']);
  const before = await db.selectFrom('service_providers').select(['id', 'kind', 'settings', 'secrets']).execute();
  const known = new Map(before.map((row) => [row.id, row]));
  const wanted = new Map(providers.map((provider) => [textOf(provider['id']), provider]));
  const gone = before.filter(({ id }) => !wanted.has(id)).map(({ id }) => id);
  for (const ids of chunks(gone)) await db.deleteFrom('service_providers').where('id', 'in', ids).execute();

  const changed = [...wanted].filter(([id, provider]) => !isSame(known.get(id), shownOf(provider)));
  const rows = changed.map(([id, provider]) => ({
    id,
    name: id,
    ...shownOf(provider),
    created_at_ms: atMs,
    updated_at_ms: atMs,
  }));
  for (const some of chunks(rows))
    await db
      .insertInto('service_providers')
      .values(some.map((row) => ({ ...row, enabled: 1, version: 1 })))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((row) => ({
          kind: row.ref('excluded.kind'),
          settings: row.ref('excluded.settings'),
          secrets: row.ref('excluded.secrets'),
          version: row.eb('service_providers.version', '+', 1),
          updated_at_ms: atMs,
        })),
      )
      .execute();
  await showModels(db, providers, atMs);
}

async function showModels(db: LedgerTransaction, providers: readonly Members[], atMs: number): Promise<void> {
  const wanted = new Map(
    providers.flatMap((provider) => {
      const providerId = textOf(provider['id']);
      return membersOf(provider['models']).map((model) => {
        const { name, upstream_model: upstream, ...settings } = model;
        const row = {
          id: modelRowId(providerId, textOf(name)),
          provider_id: providerId,
          name: textOf(name),
          upstream_model: typeof upstream === 'string' ? upstream : null,
          settings: JSON.stringify(settings),
        };
        return [row.id, row] as const;
      });
    }),
  );
  const before = await db
    .selectFrom('provider_models')
    .select(['id', 'provider_id', 'name', 'upstream_model', 'settings'])
    .execute();
  const known = new Map(before.map((row) => [row.id, row]));
  const gone = before.filter(({ id }) => !wanted.has(id)).map(({ id }) => id);
  for (const ids of chunks(gone)) await db.deleteFrom('provider_models').where('id', 'in', ids).execute();
  const changed = [...wanted.values()].filter((row) => {
    const old = known.get(row.id);
    return old?.upstream_model !== row.upstream_model || old.settings !== row.settings;
  });
  for (const some of chunks(changed))
    await db
      .insertInto('provider_models')
      .values(some.map((row) => ({ ...row, enabled: 1, version: 1, created_at_ms: atMs, updated_at_ms: atMs })))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((row) => ({
          upstream_model: row.ref('excluded.upstream_model'),
          settings: row.ref('excluded.settings'),
          version: row.eb('provider_models.version', '+', 1),
          updated_at_ms: atMs,
        })),
      )
      .execute();
}

type Members = Readonly<Record<string, StoredJson>>;

/** No id of a provider has a slash. */
function modelRowId(providerId: string, name: string): string {
  return `${providerId}/${name}`;
}

/** Members that have columns or a table of their own. */
const OWN_COLUMNS: readonly string[] = ['id', 'kind', 'models'];
/** Members that hold ids of secrets stand in a column of their own. */
const SECRET_MEMBERS: readonly string[] = ['api_key', 'api_keys', 'secret_key', 'headers'];

function shownOf(provider: Members): Shown {
  const members = Object.entries(provider).filter(([name]) => !OWN_COLUMNS.includes(name));
  const secrets = members.filter(([name]) => SECRET_MEMBERS.includes(name));
  const settings = members.filter(([name]) => !SECRET_MEMBERS.includes(name));
  return {
    kind: textOf(provider['kind']),
    settings: JSON.stringify(Object.fromEntries(settings)),
    secrets: secrets.length === 0 ? null : JSON.stringify(Object.fromEntries(secrets)),
  };
}

function isSame(one: Shown | undefined, other: Shown): boolean {
  return one?.kind === other.kind && one.settings === other.settings && one.secrets === other.secrets;
}

function membersOf(list: StoredJson | undefined): readonly Members[] {
  if (!Array.isArray(list)) return [];
  return (list as readonly StoredJson[]).flatMap((one) =>
    typeof one === 'string' ? [{ name: one }] : isMembers(one) ? [one] : [],
  );
}

function isMembers(value: StoredJson): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: StoredJson | undefined): string {
  return typeof value === 'string' ? value : '';
}

function chunks<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / ROWS_AT_ONCE);
  return Array.from({ length: count }, (_, place) => items.slice(place * ROWS_AT_ONCE, (place + 1) * ROWS_AT_ONCE));
}
