import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { type ScriptedUpstream, scriptedUpstream } from '../../src/testing/scripted-upstream.ts';
import { builtPrograms } from '../built-programs.ts';
import { answerLikeOpenAI } from '../clients/served-hub.ts';
import { startCommandLine, type Started } from './command-line.ts';
import { ADMIN_KEY, documentOf, type Fleet } from './converging.ts';

const SERVERS = 4;

/** What servers share. */
export interface SharedPlace {
  /** The data folder of one of them. */
  readonly folderOf: (server: number) => string;
  readonly variables: Readonly<Record<string, string>>;
  /** Called when all have ended. */
  readonly remove: () => Promise<void>;
}

/**
 * Starts four servers before the tests of a file, as users start them: all at once, as after a power cut, so that one of
 * them makes what all others find.
 * @param placeIn where they keep what they share, in an empty folder.
 */
export function fourServers(placeIn: (folder: string) => Promise<SharedPlace>): () => Fleet {
  const programOf = builtPrograms({ main: new URL('../../cli/main.ts', import.meta.url) });
  const running: Started[] = [];
  let folder: string;
  let place: SharedPlace;
  let upstream: ScriptedUpstream;
  let urls: readonly string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-servers-'));
    upstream = await scriptedUpstream(answerLikeOpenAI);
    place = await placeIn(folder);
    const file = join(folder, 'nexus.json');
    writeFileSync(file, JSON.stringify(documentOf(upstream)));
    const variables = { ...place.variables, NEXUS_ADMIN_KEY: ADMIN_KEY, NEXUS_CONFIG: file };
    for (let server = 0; server < SERVERS; server++)
      running.push(startCommandLine({ folder: place.folderOf(server), variables, program: [programOf('main')] }));
    urls = await Promise.all(running.map((started) => started.firstLine()));
  });
  afterAll(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGKILL');
      await ended;
    }
    await upstream.close();
    await place.remove();
    rmSync(folder, { recursive: true });
  });
  return () => ({ urls, upstream });
}
