import type { Config, NexusHubOptions } from 'nexusai-hub';

import { parseConfig as parse } from '../../cli/config-file.ts';
import { startingOptionsOf } from '../../src/control/document/starting-options.ts';
import { configuredOptions } from './configured-options.ts';

/** What the text of a file says, checked. */
export function parseConfig(...file: Parameters<typeof parse>): Config {
  return parse(...file).config;
}

/** All that it becomes of a hub's options. */
export function optionsOf(config: Config): NexusHubOptions {
  return { ...startingOptionsOf(config), ...configuredOptions(config) };
}
