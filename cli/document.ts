import { CHANGING_SECTIONS } from 'nexusai-hub';
import type { Environment } from './environment.ts';

/** Sections of a configuration, as they were read. */
export type ConfigContent = Readonly<Record<string, unknown>>;

/** What of a file may change while the server runs. */
export function changingSections(content: unknown): ConfigContent {
  return sectionsOf(content, (section) => CHANGING_SECTIONS.includes(section));
}

/** What of a file holds until the next start. */
export function startingSections(content: unknown): ConfigContent {
  return sectionsOf(content, (section) => !CHANGING_SECTIONS.includes(section));
}

/** Without a file: the demo, and OpenAI itself where the environment has a key for it. */
export function defaultDocument({ openaiKey }: Environment): ConfigContent {
  const demo = { id: 'demo', kind: 'demo', models: ['demo'] };
  const openai = openaiKey === undefined ? [] : [{ id: 'openai', kind: 'openai', api_key: openaiKey }];
  return { providers: [demo, ...openai] };
}

function sectionsOf(content: unknown, isWanted: (section: string) => boolean): ConfigContent {
  const sections = Object.entries(typeof content === 'object' && content !== null ? content : {});
  return Object.fromEntries(sections.filter(([section]) => isWanted(section)));
}
