import { type Config, NexusHub, type NexusHubOptions, startingOptionsOf } from 'nexusai-hub';
import { providerKinds } from 'nexusai-hub/adapters/kinds';
import type { Logger } from 'nexusai-hub/ports';
import { adminFirst, adminKeyOf } from './admin-key.ts';
import { readConfigFile, type ReadConfig, stateOf } from './config-file.ts';
import { changingSections, type ConfigContent, defaultDocument } from './document.ts';
import type { Environment, Variables } from './environment.ts';
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
  readonly trustProxy: Config['trust_proxy'];
  /** True: everybody who reaches this machine's own address may chat, as long as there are no keys. */
  readonly isOpen: boolean;
}

/** Where to listen, and what was read to know it: nothing is made yet. */
export interface Plan extends Start {
  readonly port: number;
  readonly host: string;
  readonly source: ({ readonly file: string; readonly state: string | undefined } & ReadConfig) | undefined;
}

/**
 * Reads the file, if there is one, sees that a hub can be made of it, and settles where to listen.
 * @throws Problem
 */
export async function planOf(start: Start): Promise<Plan> {
  const { flags, environment, variables } = start;
  const file = flags.config ?? environment.configPath;
  const source = file === undefined ? undefined : await sourceIn(file, variables);
  if (source) await checkHubOf(source);
  return {
    ...start,
    port: flags.port ?? environment.port ?? source?.config.port ?? 8001,
    host: flags.host ?? environment.host ?? source?.config.host ?? '127.0.0.1',
    source,
  };
}

/**
 * Whether a hub can be made of a file, before anything is made for one: folders, keys, one that is shown only once.
 * @throws Problem
 */
async function checkHubOf({ file, content, config }: NonNullable<Plan['source']>): Promise<void> {
  const control = { kinds: providerKinds, document: changingSections(content) };
  await construct({ ...startingOptionsOf(config), providers: {}, control }, file).close();
}

/** Its state is that from before it was read: what is written meanwhile is another. */
async function sourceIn(file: string, variables: Variables): Promise<NonNullable<Plan['source']>> {
  const state = await stateOf(file);
  return { file, state, ...(await readConfigFile(file, variables)) };
}

/**
 * Puts a hub together as file and environment say, with what it shares with other processes and where it keeps records.
 * @throws Problem
 */
export function setUp(
  { environment, logger, tell, port, host, source }: Plan,
  brought: Partial<NexusHubOptions> = {},
): Setup {
  const config = source?.config;
  const access = accessOf(config?.keys ?? [], environment, host, tell);
  const options = { ...(config ? startingOptionsOf(config) : {}), ...brought, ...access.options, logger };
  const document: ConfigContent = source ? changingSections(source.content) : defaultDocument(environment);
  const control = { ...brought.control, kinds: providerKinds, document };
  return {
    hub: construct({ ...options, providers: {}, control }, source?.file),
    port,
    host,
    cors: config?.cors,
    trustProxy: config?.trust_proxy,
    isOpen: access.isOpen,
  };
}

/**
 * Who may call. Without any key configured that is everybody on this machine, and only the admin beyond it. Where nobody
 * is an admin yet a key for one is made.
 */
function accessOf(
  keys: NonNullable<Config['keys']>,
  { adminKey, dataDir }: Environment,
  host: string,
  tell: Start['tell'],
): { readonly options: Partial<NexusHubOptions>; readonly isOpen: boolean } {
  if (adminKey !== undefined)
    return { options: { keys: [{ name: 'admin', key: adminKey, role: 'admin' }] }, isOpen: false };
  if (keys.some(({ role }) => role === 'admin')) return { options: {}, isOpen: false };
  const made = adminKeyOf(dataDir);
  if (made.key !== undefined) tell(`Admin key, shown only this once (its hash is kept in ${made.file}): ${made.key}`);
  const isOpen = isLoopback(host);
  return { options: { authenticator: adminFirst(made, isOpen) }, isOpen };
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
