/** `npm run bench:tokens`: how far counts of tokens are off, and what they do to the loop. Writes docs/tokens.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { format, resolveConfig } from 'prettier';

import { conditionsOf, withReport } from './report.ts';
import { measureDelays } from './tokens/loop-delay.ts';
import { measureTokens } from './tokens/measure.ts';
import { tokenReport } from './tokens/report.ts';

const PAGE = fileURLToPath(new URL('../docs/tokens.md', import.meta.url));
const TEXTS_PER_KIND = 600;
const ROUNDS = 5;

const [loadBefore = 0] = loadavg();
const conditions = conditionsOf(`medians of ${ROUNDS} rounds`, loadBefore);
const report = `${tokenReport(await measureTokens(TEXTS_PER_KIND), await measureDelays(ROUNDS))}\n\n${conditions}`;
const style = { ...(await resolveConfig(PAGE)), parser: 'markdown' };
console.log(await format(report, style));
writeFileSync(PAGE, await format(withReport(readFileSync(PAGE, 'utf8'), report), style));
