/** What a model of Anthropic's takes in a request. */
export interface Abilities {
  /** How it is asked to think: not at all, with a budget of tokens, or with an effort. */
  readonly thinking: 'none' | 'budget' | 'adaptive';
  /** False: temperature and its like are refused. */
  readonly sampling: boolean;
  /** How an answer is held to a JSON schema: by `output_config.format`, or by a tool it is forced to call. */
  readonly structuredOutput: 'format' | 'tool';
}

/** `claude-3-5-sonnet-20241022`, `claude-sonnet-4-5@20250929`, `anthropic.claude-opus-4-7-v1:0`, `claude-2.1`. */
const CLAUDE = /claude(?:-(?:[a-z]+-)?(\d+)(?:[-.](\d{1,2}))?(?!\d))?/;

/**
 * What a model can do, by its name; a Claude without a version is taken for a new one, any other name for a server that
 * speaks this dialect as it was first (Anthropic: extended and adaptive thinking, structured outputs, migration to 4.7).
 */
export function abilitiesOf(model: string): Abilities {
  const match = CLAUDE.exec(model.toLowerCase());
  if (!match) return { thinking: 'budget', sampling: true, structuredOutput: 'tool' };
  const [, major, minor = '0'] = match;
  const version = major === undefined ? Number.POSITIVE_INFINITY : Number(major) + Number(minor) / 100;
  return {
    thinking: version >= 4.06 ? 'adaptive' : version >= 3.07 ? 'budget' : 'none',
    sampling: version < 4.07,
    structuredOutput: version >= 4.05 ? 'format' : 'tool',
  };
}
