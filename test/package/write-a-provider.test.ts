import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { compileBlocks } from './compile-blocks.ts';
import { blocksOf, type CodeBlock } from './markdown.ts';
import { runSource } from './run-program.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const path = 'docs/3-write-a-provider.md';
const blocks = blocksOf({ path, text: readFileSync(root + path, 'utf8') });

/** The adapter and its run, as if they stood in one file. */
function program(): CodeBlock {
  const adapter = blocks.find(({ code }) => code.includes('export function parrot('));
  const suite = blocks.find(({ code }) => code.includes('providerReport('));
  const code = `${adapter?.code}\n${suite?.code.replace("import { parrot } from './parrot.ts';\n", '')}`;
  return { page: path, line: adapter?.line ?? 0, language: 'ts', code, notCompiled: undefined };
}

describe('docs/3-write-a-provider.md', () => {
  it('its adapter and its dialect compile', () => {
    expect(compileBlocks(root, [program()])).toEqual([]);
  }, 60_000);

  it('its adapter passes the suite', async () => {
    const { printed, ended } = await finished(program().code);
    expect(printed).toMatch(/^\d\d passed, 0 failed, \d+ skipped\n$/);
    expect(ended).toBe(0);
  }, 60_000);

  it('an adapter that is wrong is told so', async () => {
    const wrong = program().code.replace("isLast: 'bye' in raw", 'isLast: true').replace('said', 'sung');
    const { printed } = await finished(wrong);
    expect(printed).toMatch(/\d+ passed, [1-9]\d* failed/);
    expect(printed).toContain('S4: ');
  }, 60_000);
});

async function finished(code: string): Promise<{ printed: string; ended: number | null }> {
  const running = runSource(code);
  const ended = await running.ended;
  return { printed: running.printed, ended };
}
