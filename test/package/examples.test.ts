import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { afterEach, describe, expect, it } from 'vitest';

import { builtPrograms } from '../built-programs.ts';
import { blocksOf } from './markdown.ts';
import { type Program, runFile, runSource } from './run-program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const examples = readdirSync(`${root}examples`).filter((name) => name.endsWith('.ts'));

/** Examples that serve until they are stopped; the others run to their end. */
const SERVERS = ['express.ts', 'fastify.ts', 'node-http.ts'];
const PROGRAMS = examples.filter((name) => !SERVERS.includes(name));

const programOf = builtPrograms(
  Object.fromEntries(examples.map((name) => [name, new URL(`../../examples/${name}`, import.meta.url)])),
);

const running = new Set<Program>();

function started(program: Program): Program {
  running.add(program);
  return program;
}

afterEach(() => {
  for (const program of running) program.signal('SIGKILL');
  running.clear();
});

describe('the examples', () => {
  it('are all run here', () => {
    expect(SERVERS.filter((name) => !examples.includes(name))).toEqual([]);
    expect(PROGRAMS).toEqual(expect.arrayContaining(['custom-provider.ts', 'unit-test.ts']));
  });

  it('have one idea: under 60 lines each', () => {
    const long = examples.filter((name) => readFileSync(`${root}examples/${name}`, 'utf8').split('\n').length > 60);
    expect(long).toEqual([]);
  });

  it.each(PROGRAMS)('%s runs to its end, without a key', { timeout: 60_000 }, async (name) => {
    const program = started(runFile(programOf(name)));
    const code = await program.ended;
    expect(code, program.printed).toBe(0);
    expect(program.printed.trim()).not.toBe('');
  });

  it.each(SERVERS)('%s answers, and stops when it is told to', { timeout: 60_000 }, async (name) => {
    const program = started(runFile(programOf(name)));
    const url = await program.until(/http:\/\/127\.0\.0\.1:\d+\S*/);
    const response = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'demo', messages: [{ role: 'user', content: 'Hello!' }] }),
    });
    expect(await response.json()).toMatchObject({
      choices: [{ message: { content: expect.stringContaining('demo') } }],
    });
    program.signal('SIGTERM');
    expect(await program.ended, program.printed).toBe(0);
  });
});

describe('the first program of the README', () => {
  it.each(['README.md', 'README.zh-CN.md'])('%s: answers without a key', { timeout: 60_000 }, async (path) => {
    const blocks = blocksOf({ path, text: readFileSync(root + path, 'utf8') });
    const first = blocks.find(({ language }) => language === 'ts');
    const program = started(runSource(first?.code ?? ''));
    const code = await program.ended;
    expect(code, program.printed).toBe(0);
    expect(program.printed).toContain('[demo] This is the built-in demo');
  });
});
