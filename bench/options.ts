import { parseArgs } from 'node:util';

/** What can be measured, and what it is. */
export const SCENARIOS = {
  plain: 'short questions answered whole, 64 connections',
  large: 'prompts of 100 KB, a third of them Chinese',
  stream: 'streams as fast as they go',
  paced: 'streams of one event every 20 ms, and how much later their first token comes',
  slow: '1000 slow streams at the same time: memory, and none may be cut',
  calls: 'calls and streams in process, beside the OpenAI SDK',
  pieces: 'the hot pieces by themselves',
} as const;

/** Name of a scenario. */
export type ScenarioName = keyof typeof SCENARIOS;

/** What a run is to do. */
export interface RunOptions {
  readonly scenarios: readonly ScenarioName[];
  /** How often baseline and hub take turns. */
  readonly rounds: number;
  /** Only to see that everything works: too short to say how fast it is. */
  readonly isQuick: boolean;
}

/** How it is called. */
export const USAGE: string = `npm run bench -- [options]

Measures the hub against a bare Node proxy in the same run. A whole run takes about four minutes and writes its
table into docs/performance.md; what is only a part of one is printed.

  --only NAMES   of these, with commas: ${Object.keys(SCENARIOS).join(', ')}
  --rounds N     turns of baseline and hub (default 5)
  --quick        a few seconds, to see that it works: the figures mean nothing
  --help         this text

${Object.entries(SCENARIOS)
  .map(([name, what]) => `  ${name.padEnd(9)}${what}`)
  .join('\n')}
`;

const DEFAULT_ROUNDS = 5;
const MOST_ROUNDS = 7;

/**
 * Reads the command line; `help` when it asks for that.
 * @throws TypeError naming the option that is wrong.
 */
export function optionsOf(args: readonly string[]): RunOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    scenarios: values.only === undefined ? Object.keys(SCENARIOS).filter(isScenario) : scenariosIn(values.only),
    rounds: values.quick ? 1 : roundsIn(values.rounds ?? String(DEFAULT_ROUNDS)),
    isQuick: values.quick,
  };
}

function scenariosIn(list: string): readonly ScenarioName[] {
  return list.split(',').map((name) => {
    if (isScenario(name)) return name;
    throw new TypeError(`--only: "${name}" is none of ${Object.keys(SCENARIOS).join(', ')}.`);
  });
}

function roundsIn(text: string): number {
  const rounds = Number(text);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS) return rounds;
  throw new TypeError(`--rounds: expected a whole number from 1 to ${MOST_ROUNDS} (got "${text}").`);
}

function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
