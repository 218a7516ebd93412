import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { barrelViolations, importCycles, importViolations, lengthViolations } from './import-rules.ts';
import { readSources, sourceFile } from './read-imports.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const sources = readSources(root, ['src', 'adapters', 'examples', 'cli']);
const library = sources.filter((file) => /^(src|adapters)\//.test(file.path));

/** Files that may be longer than 300 lines, each with its reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

describe('the sources', () => {
  it('are found', () => {
    expect(sources.length).toBeGreaterThan(10);
  });

  it('keep the import rules', () => {
    expect(importViolations(sources)).toEqual([]);
  });

  it('have no import cycle', () => {
    expect(importCycles(sources)).toEqual([]);
  });

  it('have no barrels but the entry points', () => {
    expect(barrelViolations(sources)).toEqual([]);
  });

  it('are files of at most 300 lines', () => {
    expect(lengthViolations(library, 300, LONG_FILES)).toEqual([]);
  });
});

/** What the rules say about one file with one line. */
function verdict(path: string, text: string): string[] {
  return importViolations([sourceFile(path, text)]);
}

describe('the rules allow', () => {
  it.each([
    ['src/hub.ts', "import { open } from './request-path.ts';"],
    ['src/hub.ts', "import { hubFetch } from './http/fetch.ts';"],
    ['src/http/handler.ts', "import type { Gateway } from '../gateway.ts';"],
    ['src/ports/circuit-breaker.ts', "import { type NexusError } from '../errors.ts';"],
    ['src/ports/provider.ts', "import type { ChatRequest } from '../openai/types.ts';"],
    ['src/ports/index.ts', "export type { Provider } from './provider.ts';"],
    ['src/defaults/token-counter.ts', "const load = () => import('tiktoken/lite');"],
    ['src/visit.ts', "import { randomUUID } from 'node:crypto';"],
    ['src/visit.ts', "// import { app } from 'express';\nconst text = \"import x from 'express'\";"],
    ['adapters/providers/openai.ts', "import type { Provider } from 'nexusai-hub/ports';"],
    ['adapters/providers/openai.ts', "import { chat } from './openai-chat.ts';"],
    ['adapters/servers/express.ts', "import { handler } from 'nexusai-hub/http';"],
    ['examples/express.ts', "import { NexusHub } from 'nexusai-hub';"],
    ['cli/main.ts', "import { readConfig } from './read-config.ts';"],
  ])('%s: %s', (path, text) => {
    expect(verdict(path, text)).toEqual([]);
  });
});

describe('the rules refuse', () => {
  it.each([
    ['src/hub.ts', "import { openai } from '../adapters/providers/openai.ts';", 'nothing outside src/'],
    ['src/hub.ts', "import { openai } from 'nexusai-hub/adapters/openai';", 'by relative paths'],
    ['src/http/handler.ts', "import express from 'express';", 'may not import this package'],
    ['src/http/handler.ts', "import type { Express } from 'express';", 'may not import this package'],
    ['src/http/handler.ts', "const load = () => import('pg');", 'may not import this package'],
    ['src/http/handler.ts', "import type { NexusHub } from '../hub.ts';", 'http may not import hub'],
    ['src/http/handler.ts', "type Hub = import('../../adapters/x.ts').Hub;", 'nothing outside src/'],
    ['src/request-path.ts', "import type { NexusHub } from './hub.ts';", 'journey may not import hub'],
    ['src/attempt.ts', "import type { Options } from './options.ts';", 'journey may not import options'],
    ['src/answer.ts', "import { write } from './http/sse.ts';", 'journey may not import http'],
    ['src/visit.ts', "import { manualClock } from './testing/manual-clock.ts';", 'journey may not import testing'],
    ['src/index.ts', "export { scripted } from './testing/scripted-provider.ts';", 'index may not import testing'],
    ['src/provider-kit/post-json.ts', "import { open } from '../request-path.ts';", 'may not import journey'],
    ['src/openai/schemas.ts', "import type { Provider } from '../ports/provider.ts';", 'may not import ports'],
    ['src/ports/provider.ts', "import { CODES } from '../errors.ts';", 'types only'],
    ['src/ports/provider.ts', "import { CODES, type NexusError } from '../errors.ts';", 'types only'],
    ['src/ports/provider.ts', "import { Agent } from 'undici';", 'types only'],
    ['src/ports/provider.ts', "import type { Visit } from '../visit.ts';", 'ports may not import journey'],
    ['src/novelty/thing.ts', "import { x } from '../errors.ts';", 'without a layer'],
    ['src/visit.ts', "import { randomUUID } from 'crypto';", 'written with node:'],
    ['src/visit.ts', "import { x } from './errors.js';", 'end in .ts'],
    ['adapters/providers/openai.ts', "import { post } from '../../src/provider-kit/post-json.ts';", 'public name only'],
    ['adapters/providers/openai.ts', "import { NexusHub } from 'nexusai-hub';", 'import only nexusai-hub/ports'],
    ['adapters/providers/openai.ts', "import { handler } from 'nexusai-hub/http';", 'import only nexusai-hub/ports'],
    ['adapters/providers/openai.ts', "import { redis } from '../storage/redis.ts';", 'outside their family'],
    [
      'adapters/providers/openai.ts',
      "import { redis } from 'nexusai-hub/adapters/demo';",
      'import only nexusai-hub/ports',
    ],
    ['examples/express.ts', "import { NexusHub } from '../src/index.ts';", 'public names only'],
    ['cli/main.ts', "import { CODES } from '../src/errors.ts';", 'public names only'],
    ['cli/main.ts', "import { secret } from 'nexusai-hub/control';", 'no entry point'],
  ])('%s: %s', (path, text, reason) => {
    expect(verdict(path, text)).toEqual([expect.stringContaining(reason)]);
  });

  it('a cycle, with its path, also through types and public names', () => {
    const files = [
      sourceFile('src/a.ts', "import { b } from './b.ts';"),
      sourceFile('src/b.ts', "import type { C } from './c.ts';"),
      sourceFile('src/c.ts', "const load = () => import('./b.ts');"),
      sourceFile('src/ports/index.ts', "import { demo } from '../../adapters/providers/demo.ts';"),
      sourceFile('adapters/providers/demo.ts', "import type { Provider } from 'nexusai-hub/ports';"),
    ];
    expect(importCycles(files)).toEqual([
      'src/b.ts -> src/c.ts -> src/b.ts',
      'src/ports/index.ts -> adapters/providers/demo.ts -> src/ports/index.ts',
    ]);
  });

  it('a barrel that is no entry point', () => {
    const text = "export { a } from './a.ts';\nexport * from './b.ts';";
    expect(barrelViolations([sourceFile('src/http/index.ts', text)])).toEqual([]);
    expect(barrelViolations([sourceFile('src/defaults/index.ts', text)])).toEqual([
      'src/defaults/index.ts only re-exports',
    ]);
  });

  it('a long file without a reason, and a reason without a long file', () => {
    const files = [sourceFile('src/long.ts', '\n'.repeat(4)), sourceFile('src/short.ts', '\n')];
    expect(lengthViolations(files, 3, {})).toEqual(['src/long.ts has 4 lines, more than 3']);
    expect(lengthViolations(files, 3, { 'src/long.ts': 'hot', 'src/short.ts': 'old' })).toEqual([
      'src/short.ts is excused for its length but is not long',
    ]);
  });
});
