import { forgetLostSecrets, rotateSecrets } from 'nexusai-hub';
import type { SecretStore } from 'nexusai-hub/ports';
import type { Command, CommandContext } from './command.ts';
import { databaseThere } from './database.ts';
import { readEnvironment } from './environment.ts';
import { masterKeysThere } from './master-key.ts';
import { parsedParameters } from './parsed-parameters.ts';
import { Problem } from './problem.ts';
import { progress } from './progress.ts';

const HELP = `nexusai-hub rotate-master-key: seals every stored secret anew, with the newest master key

Usage: nexusai-hub rotate-master-key [--lost ID]

  --lost ID   the master key of this id (mk_...) is lost for good: removes every secret that wants it, and rotates nothing.
              Stop the servers first. Nothing brings these secrets back: providers have to be given their keys anew, and
              each personal key has to be rotated
  --help      print this

How a master key is changed while servers run:
  1. Make one: openssl rand -base64 32
  2. Let every server open what it seals: add it to NEXUS_MASTER_KEY_PREVIOUS, and restart them one after the other.
  3. Let every server seal with it: NEXUS_MASTER_KEY is the new one, NEXUS_MASTER_KEY_PREVIOUS the old one; restart them.
  4. Run this with the same variables, or ask a server: POST /vault/rotate.
  5. Leave out NEXUS_MASTER_KEY_PREVIOUS. Keep the old key as long as backups that were made with it.
With one server the second step is not needed.

Secrets can be read all the while, and several may do this at once. One that ends in the middle is gone on with by running it
again. Secrets that cannot be opened stay as they are, and the command fails.

Environment: NEXUS_MASTER_KEY or NEXUS_MASTER_KEY_FILE, NEXUS_MASTER_KEY_PREVIOUS (with commas between several), or else the
file master-key in NEXUS_DATA_DIR (./data). DATABASE_URL, or else NEXUS_DATA_DIR, says which database.`;

/** `nexusai-hub rotate-master-key` */
export const rotateMasterKey: Command = {
  help: HELP,
  async run(parameters, context) {
    const { positionals, values } = parsedParameters(parameters, { lost: { type: 'string' } }, HELP);
    if (positionals.length > 0) throw new Problem(`rotate-master-key takes no words.\n\n${HELP}`);
    const { variables, tell } = context;
    const there = databaseThere(variables);
    const masterKeys = masterKeysThere(readEnvironment(variables), tell);
    const database = there.whole(false);
    const store = { name: there.name, secrets: database.secrets, masterKeys };
    try {
      await database.open();
      if (values.lost === undefined) await rotate(store, context);
      else await forget(values.lost, store, context);
    } finally {
      await database.close();
    }
  },
};

/** Secrets, and what they are sealed with. */
interface Sealed {
  /** Of the database. */
  readonly name: string;
  readonly secrets: SecretStore;
  readonly masterKeys: readonly string[];
}

async function rotate({ name, secrets, masterKeys }: Sealed, { print, tell }: CommandContext): Promise<void> {
  const told = progress('looked at', tell);
  const done = await rotateSecrets(secrets, masterKeys, {
    onProgress: ({ checked, total }) => {
      told(total === 0 ? 1 : checked / total);
    },
  });
  const { keyId, total, rotated, current, failed } = done;
  const counts = `${rotated} of ${total} secrets are sealed anew with ${keyId}, ${current} were already`;
  if (failed > 0)
    throw new Problem(
      `${name}: ${counts}; ${failed} cannot be opened and stay as they are. Add the master key they want to NEXUS_MASTER_KEY_PREVIOUS.`,
    );
  print(`${name}: ${counts}.`);
}

async function forget(keyId: string, { name, secrets, masterKeys }: Sealed, { print }: CommandContext): Promise<void> {
  let removed: number;
  try {
    removed = await forgetLostSecrets(secrets, keyId, masterKeys);
  } catch (cause) {
    if (cause instanceof TypeError) throw new Problem(`--lost: ${cause.message}.`, { cause });
    throw cause;
  }
  if (removed === 0) throw new Problem(`${name}: no secret wants the master key "${keyId}". Nothing was removed.`);
  print(
    `${name}: ${removed} secrets are removed that wanted ${keyId}. Start the servers, give providers their keys anew, and rotate the personal keys.`,
  );
}
