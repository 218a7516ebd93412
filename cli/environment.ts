import { masterKeyProblem, weaknessOf } from 'nexusai-hub';
import { Problem } from './problem.ts';

/** Variables of the process, as `process.env` has them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What the environment says. Absent members were not set. */
export interface Environment {
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly configPath: string | undefined;
  readonly dataDir: string;
  readonly adminKey: string | undefined;
  readonly openaiKey: string | undefined;
  /** One server, or with commas nodes of a cluster. May hold a password. */
  readonly redisUrl: string | undefined;
  /** Start of all keys there. */
  readonly redisPrefix: string | undefined;
  readonly masterKeys: {
    /** Seals stored secrets. */
    readonly key: string | undefined;
    /** Where it is, in its place. */
    readonly file: string | undefined;
    /** Open what was sealed before. */
    readonly previous: readonly string[];
  };
}

/**
 * Reads the variables of DESIGN section 3. Empty ones count as not set.
 * @throws Problem naming the variable and the rule; never its value when it is a key.
 */
export function readEnvironment(variables: Variables): Environment {
  const valueOf = (name: string): string | undefined => variables[name]?.trim() || undefined;
  const adminKey = valueOf('NEXUS_ADMIN_KEY');
  const weakness = adminKey === undefined ? undefined : weaknessOf(adminKey);
  if (weakness !== undefined) throw new Problem(`NEXUS_ADMIN_KEY: ${weakness}. Make one: openssl rand -hex 24`);
  const port = valueOf('PORT');
  return {
    port: port === undefined ? undefined : portOf(port, 'PORT'),
    host: valueOf('HOST'),
    configPath: valueOf('NEXUS_CONFIG'),
    dataDir: valueOf('NEXUS_DATA_DIR') ?? './data',
    adminKey,
    openaiKey: valueOf('OPENAI_API_KEY'),
    redisUrl: valueOf('REDIS_URL'),
    redisPrefix: prefixOf(valueOf('REDIS_PREFIX')),
    masterKeys: masterKeysIn(valueOf),
  };
}

function masterKeysIn(valueOf: (name: string) => string | undefined): Environment['masterKeys'] {
  const [key, file, previous] = ['', '_FILE', '_PREVIOUS'].map((ending) => valueOf(`NEXUS_MASTER_KEY${ending}`));
  if (key !== undefined && file !== undefined)
    throw new Problem('NEXUS_MASTER_KEY and NEXUS_MASTER_KEY_FILE are both set. Leave one of them out.');
  const older = (previous ?? '').split(',').flatMap((one) => one.trim() || []);
  for (const [name, one] of [
    ['NEXUS_MASTER_KEY', key] as const,
    ...older.map((entry) => ['NEXUS_MASTER_KEY_PREVIOUS', entry] as const),
  ]) {
    const problem = one === undefined ? undefined : masterKeyProblem(one);
    if (problem !== undefined) throw new Problem(`${name}: ${problem}`);
  }
  return { key, file, previous: older };
}

/** The braces, which a cluster needs, are ours to set: shells and files of settings have uses of their own for them. */
function prefixOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (/^[\w.-]{1,64}$/.test(name)) return `{${name}}:`;
  const rule = 'expected a name of at most 64 letters, digits, dots, dashes and underscores, such as staging';
  throw new Problem(`REDIS_PREFIX: ${rule}; got "${name.slice(0, 40)}".`);
}

/**
 * A port as people write it; 0 lets the system choose one.
 * @throws Problem naming where it was written.
 */
export function portOf(text: string, where: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new Problem(`${where}: expected a port from 0 to 65535, got "${text.slice(0, 40)}".`);
}
