import { LedgerError, type LedgerErrorCode } from '../sql/ledger-error.ts';

/** States of SQL that say something to the owner of a ledger: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MEANINGS: readonly (readonly [RegExp, LedgerErrorCode, string])[] = [
  [/^53100$/, 'full', 'no room is left on its disk'],
  [/^25006$/, 'read_only', 'it takes no writes: it is a replica, or was made read-only'],
  [/^(42501|28...)$/, 'read_only', 'it refuses this user'],
  [/^(XX001|XX002)$/, 'corrupt', 'its files are damaged'],
  [/^(55P03|57014)$/, 'locked', 'it took longer than the time that is allowed'],
  [/^(57P0.|08...|53300|3D000|53...)$/, 'unavailable', 'it is not there for this, or is stopping'],
];

/** Codes of connections that could not be made, or broke. */
const BROKEN = /^(ECONN|EHOST|ENET|ENOTFOUND|ETIMEDOUT|EPIPE|EAI_)/;

/** What the driver threw, as a ledger says it; what is known to nobody stays as it is. Its text never has the URL. */
export function postgresError(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const [, name, meaning] = MEANINGS.find(([states]) => states.test(code)) ?? [];
  if (name) return new LedgerError(name, `PostgreSQL: ${meaning ?? ''} (${code}).`, cause);
  // Breaks of its own making, and those of pools, have no code.
  if (BROKEN.test(code) || /Connection terminated|timeout|client has encountered/i.test(cause.message))
    return new LedgerError('unavailable', `PostgreSQL cannot be reached (${code || 'the connection broke'}).`, cause);
  return cause;
}
