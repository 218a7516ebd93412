import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { NexusHub } from 'nexusai-hub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { optionsOf, parseConfig } from './parsed-config.ts';
import { readEnvironment } from '../../cli/environment.ts';
import { keptRecords } from '../../cli/kept-records.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexusai-hub-keeping-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const PROVIDERS = 'providers: [{ id: d, kind: demo }]\n';

function configOf(text: string, variables: Record<string, string> = {}): ReturnType<typeof parseConfig> {
  return parseConfig(PROVIDERS + text, 'nexus.yaml', variables);
}

/** What a server with this file keeps. */
async function kept(text: string): Promise<Awaited<ReturnType<typeof keptRecords>>> {
  const variables = { NEXUS_DATA_DIR: join(folder, 'data') };
  return keptRecords({
    environment: readEnvironment(variables),
    variables,
    source: { file: 'nexus.yaml', state: undefined, content: {}, config: configOf(text) },
    tell: () => undefined,
  });
}

describe('sessions in a file', () => {
  it.each<[text: string, sessions: object]>([
    [
      '{ idle_ms: 60000, max_active: 50, store_within_ms: 30, history: { max_length: 9, max_total_length: 99 } }',
      { idleMs: 60_000, maxActive: 50, storeWithinMs: 30, history: { maxLength: 9, maxTotalLength: 99 } },
    ],
    ['{ history: true }', { history: {} }],
    ['{ history: false }', { history: false }],
    ['{ idle_ms: "${IDLE}" }', { idleMs: 5_000 }],
  ])('%s become an option the hub takes', async (text, sessions) => {
    const options = optionsOf(configOf(`sessions: ${text}`, { IDLE: '5000' }));
    expect(options.sessions).toEqual(sessions);
    await new NexusHub(options).close();
  });
});

describe('what a server keeps', () => {
  const data = (name: string): string => join(folder, 'data', name);

  it.each<[text: string, retention: () => unknown, backups: () => unknown]>([
    ['', () => ({ archive: data('archive') }), () => ({ folder: data('backups') })],
    [
      'retention: { days: 90 }\nbackups: { keep: 48 }',
      () => ({ days: 90, archive: data('archive') }),
      () => ({ folder: data('backups'), keep: 48 }),
    ],
    [
      'retention: { months: 12, archive: /a/b, every_ms: 60000 }\nbackups: { folder: /c/d, every_ms: 1800000, keep: 3 }',
      () => ({ months: 12, archive: '/a/b', everyMs: 60_000 }),
      () => ({ folder: '/c/d', everyMs: 1_800_000, keep: 3 }),
    ],
    ['retention: off\nbackups: { every_ms: off }', () => 'off', () => ({ folder: data('backups'), everyMs: 'off' })],
    ['retention: false\nbackups: off', () => 'off', () => undefined],
  ])('%j', async (text, retention, backups) => {
    const { options, close } = await kept(text);
    expect(existsSync(data('ledger.db'))).toBe(true);
    expect(options.retention).toEqual(retention());
    const { database, ...copies } = options.backups ?? {};
    const wanted = backups();
    expect(options.backups && copies).toEqual(wanted);
    expect(database === undefined).toBe(wanted === undefined);
    if (!text.includes('/a/b')) await new NexusHub({ ...optionsOf(configOf(text)), ...options }).close();
    await close();
  });
});

describe('what a server keeps of its audit log', () => {
  const data = (name: string): string => join(folder, 'data', name);

  it.each<[text: string, audit: () => unknown]>([
    ['', () => ({ retention: { archive: data('archive') } })],
    ['retention: { months: 3, archive: /a/b }', () => ({ retention: { archive: '/a/b' } })],
    ['retention: off', () => ({ retention: { archive: data('archive') } })],
    [
      'audit: { requests: admin, retention: { months: 36, archive: /c/d, every_ms: 60000 } }',
      () => ({ requests: 'admin', retention: { months: 36, archive: '/c/d', everyMs: 60_000 } }),
    ],
    [
      'retention: { archive: /a/b }\naudit: { content: true, retention: { days: 400 } }',
      () => ({ content: true, retention: { days: 400, archive: '/a/b' } }),
    ],
    ['audit: { retention: off }', () => ({ retention: 'off' })],
  ])('%j', async (text, audit) => {
    const { options, close } = await kept(text);
    expect(options.audit).toEqual(audit());
    await close();
  });
});

describe('one wrong line is told by file, line, path and rule', () => {
  it.each<[text: string, message: RegExp]>([
    ['sessions: { idle_ms: 0 }', /nexus\.yaml:2: sessions\.idle_ms: .*at least 1.*got 0/],
    ['sessions: { idle: 5 }', /nexus\.yaml:2: sessions\.idle: is not known/],
    ['sessions:\n  history: { max_length: none }', /nexus\.yaml:3: sessions\.history\.max_length: expected a number/],
    ['sessions: { history: yes please }', /sessions\.history: expected limits, true for the usual ones, or false/],
    ['retention: { months: 6, days: 5 }', /nexus\.yaml:2: retention: expected months or days, not both/],
    ['retention: { months: 0.5 }', /retention\.months: expected a whole number, at least 1.*got 0\.5/],
    ['retention: { days: 0 }', /retention\.days: expected days, over 0/],
    ['retention:\n  months: 6\n  archive: ""', /nexus\.yaml:4: retention\.archive: expected the path of a folder/],
    ['retention: never', /nexus\.yaml:2: retention: expected how long is kept, or off \(got "never"\)/],
    [
      'audit: { retention: { months: 0 } }',
      /nexus\.yaml:2: audit\.retention\.months: expected a whole number, at least 1/,
    ],
    ['audit: { retention: { keep: 1 } }', /audit\.retention\.keep: is not known/],
    ['retention: { every_ms: 5 }', /retention\.every_ms: expected milliseconds, at least 1000/],
    ['backups: { keep: 0 }', /nexus\.yaml:2: backups\.keep: expected a whole number, at least 1/],
    ['backups: { every_ms: hourly }', /backups\.every_ms: expected .*"hourly"/],
    ['backups: { every_ms: 3000000000 }', /backups\.every_ms: expected .*2147483647|backups\.every_ms: expected/],
    ['backups: { database: x }', /backups\.database: is not known/],
    ['backups: true', /nexus\.yaml:2: backups: expected where and how often, or off \(got true\)/],
  ])('%j', (text, message) => {
    expect(() => configOf(text)).toThrow(message);
  });
});
