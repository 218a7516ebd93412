import { parseArgs } from 'node:util';

import { SCENARIOS, type ScenarioName } from './scenarios.ts';

/** What a run is to do. */
export interface RunOptions {
  readonly scenarios: readonly ScenarioName[];
  /** Only to see that everything works: too short for its figures to mean anything. */
  readonly isQuick: boolean;
}

const NAMES = Object.keys(SCENARIOS).filter(isScenario);
const WIDTH = Math.max(...NAMES.map(({ length }) => length)) + 2;

/** How it is called. */
export const USAGE: string = `npm run bench:resilience -- [options]

Puts a hub before three scripted providers on the loopback, lets them fail in one way after the other, and holds every
answer of a steady load against what it must be. A whole run takes a minute and a half and writes its table into
docs/resilience.md; what is only a part of one is printed. A run in which nothing fails comes first in any case: the
others are compared with it. All of it is one process, and ends with it.

  --only NAMES   of these, with commas
  --quick        half a second each, to see that it works: the figures mean nothing
  --help         this text

${NAMES.map((name) => `  ${name.padEnd(WIDTH)}${SCENARIOS[name].what}`).join('\n')}
`;

/**
 * Reads the command line; `help` when it asks for that.
 * @throws TypeError naming the option that is wrong.
 */
export function optionsOf(args: readonly string[]): RunOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return { scenarios: values.only === undefined ? NAMES : scenariosIn(values.only), isQuick: values.quick };
}

function scenariosIn(list: string): readonly ScenarioName[] {
  return list.split(',').map((name) => {
    if (isScenario(name)) return name;
    throw new TypeError(`--only: "${name}" is none of ${NAMES.join(', ')}.`);
  });
}

function isScenario(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name);
}
