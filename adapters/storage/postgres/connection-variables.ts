/**
 * A connection as PostgreSQL's own programs are told of it: by variables, because everybody on the machine may see the
 * command lines of others. https://www.postgresql.org/docs/current/libpq-envars.html
 */
export function connectionVariables(url: string): Readonly<Record<string, string>> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const settings: Readonly<Record<string, string>> = {
    PGHOST: searchParams.get('host') ?? decodeURIComponent(hostname.replace(/^\[|\]$/g, '')),
    PGPORT: port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    PGSSLMODE: searchParams.get('sslmode') ?? '',
    PGSSLROOTCERT: searchParams.get('sslrootcert') ?? '',
    PGAPPNAME: 'nexusai-hub-backup',
    PGCONNECT_TIMEOUT: '10',
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== ''));
}
