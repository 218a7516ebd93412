import { shown } from '../report.ts';
import type { DelayRow } from './loop-delay.ts';
import type { TokenRow } from './measure.ts';

/** The tables of docs/tokens.md. */
export function tokenReport(rows: readonly TokenRow[], delays: readonly DelayRow[]): string {
  return [
    '| texts | number | tokens | counted by | right to the token | mean error | 95 % are below | largest |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ kind, texts, tokens, way, right, mean, p95, largest }) => {
      const errors = [mean, p95, largest].map((error) => percent(error));
      return `| ${kind} | ${texts} | ${shown(tokens)} | ${way} | ${percent(right)} | ${errors.join(' | ')} |`;
    }),
    '',
    `Counts called exact that were not: ${rows.reduce((sum, row) => sum + row.wronglyExact, 0)}.`,
    '',
    '| text | counted after, ms | longest turn of the loop, ms of CPU | the same without a thread |',
    '| --- | --- | --- | --- |',
    ...delays.map((row) => {
      const times = [row.tookMs, row.besideThreadMs, row.withoutThreadMs].map((ms) => shown(ms));
      return `| ${row.text} | ${times.join(' | ')} |`;
    }),
  ].join('\n');
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}
