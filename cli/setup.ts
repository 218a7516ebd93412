import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import type { Logger } from 'nexusai-hub/ports';
import { adminKeyOf, adminOnly } from './admin-key.ts';
import { readConfigFile } from './config-file.ts';
import type { Config } from './config-schema.ts';
import type { Environment, Variables } from './environment.ts';
import { defaultOptions, optionsOf } from './hub-options.ts';
import { Problem } from './problem.ts';

/** Where the settings of a start come from, strongest first: flags, then the environment, then the file. */
export interface Start {
  readonly flags: {
    readonly config?: string | undefined;
    readonly port?: number | undefined;
    readonly host?: string | undefined;
  };
  readonly environment: Environment;
  /** All variables, for the file to refer to. */
  readonly variables: Variables;
  readonly logger: Logger;
  /** Tells the person who starts the server something it should know, a line at a time. */
  readonly tell: (line: string) => void;
}

/** A hub that is ready to be served, and how. */
export interface Setup {
  readonly hub: NexusHub;
  readonly port: number;
  readonly host: string;
  readonly cors: Config['cors'];
  /** False: everybody who reaches this machine's own address may chat. */
  readonly needsKey: boolean;
  /** What is served, for people: one line per provider. */
  readonly providers: readonly string[];
  /** A model to try, if one is known by name. */
  readonly model: string | undefined;
}

/** Where to listen, and what was read to know it: nothing is made yet. */
export interface Plan extends Start {
  readonly port: number;
  readonly host: string;
  readonly source: { readonly file: string; readonly config: Config } | undefined;
}

/**
 * Reads the file, if there is one, and settles where to listen.
 * @throws Problem
 */
export function planOf(start: Start): Plan {
  const { flags, environment, variables } = start;
  const file = flags.config ?? environment.configPath;
  const source = file === undefined ? undefined : { file, config: readConfigFile(file, variables) };
  return {
    ...start,
    port: flags.port ?? environment.port ?? source?.config.port ?? 8001,
    host: flags.host ?? environment.host ?? source?.config.host ?? '127.0.0.1',
    source,
  };
}

/**
 * Puts a hub together as file and environment say, with what it shares with other processes and where it keeps records.
 * @throws Problem
 */
export function setUp(
  { environment, logger, tell, port, host, source }: Plan,
  brought: Partial<NexusHubOptions> = {},
): Setup {
  for (const name of environment.unused) tell(`WARNING: ${name} is set, but this version does not use it.`);
  const config = source?.config;

  const chosen = source ? optionsOf(source.config, source.file) : defaultOptions(environment);
  const options = { ...chosen, ...brought, logger };
  const access = accessOf(options, environment, host, tell);
  const { providers } = options;
  return {
    hub: construct({ ...options, ...access.options }, source?.file),
    port,
    host,
    cors: config?.cors,
    needsKey: access.needsKey,
    providers: Object.entries(providers).map(([id, { kind, models }]) => {
      return `${id} (${kind}): ${models?.join(', ') ?? 'any model'}`;
    }),
    model: Object.values(providers).find(({ models }) => models)?.models?.[0],
  };
}

/** Who may call. Without any key configured that is everybody on this machine, and only the admin beyond it. */
function accessOf(
  { keys = [] }: NexusHubOptions,
  { adminKey, dataDir }: Environment,
  host: string,
  tell: Start['tell'],
): { readonly options: Partial<NexusHubOptions>; readonly needsKey: boolean } {
  if (adminKey !== undefined) {
    const admin = { name: 'admin', key: adminKey, role: 'admin' } as const;
    return { options: { keys: [...keys.filter(({ key }) => key !== adminKey), admin] }, needsKey: true };
  }
  if (keys.length > 0) return { options: {}, needsKey: true };
  const made = adminKeyOf(dataDir);
  if (made.key !== undefined) tell(`Admin key, shown only this once (its hash is kept in ${made.file}): ${made.key}`);
  const isOpen = isLoopback(host);
  return { options: { authenticator: adminOnly(made, isOpen) }, needsKey: !isOpen };
}

/** Rules over several members that only the hub itself knows are told as the file's. */
function construct(options: NexusHubOptions, file: string | undefined): NexusHub {
  try {
    return new NexusHub(options);
  } catch (cause) {
    if (cause instanceof TypeError) throw new Problem(`${file ?? 'settings'}: ${cause.message}`, { cause });
    throw cause;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
