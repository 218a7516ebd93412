/** How a model of Google's is asked to think, and what it asks for in return. */
export interface Abilities {
  /** Not at all, with a budget of tokens, or with a level. */
  readonly thinking: 'none' | 'budget' | 'level';
  /** Calls in its history are refused unless they carry the signature of the thought behind them. */
  readonly needsSignatures: boolean;
}

/** What a model can do, by its name; a Gemini without a known version is taken for a new one. */
export function abilitiesOf(model: string): Abilities {
  const name = model.toLowerCase();
  if (!name.includes('gemini')) return { thinking: 'none', needsSignatures: false };
  if (/gemini-(?:1|2\.0|pro\b|ultra\b)/.test(name)) return { thinking: 'none', needsSignatures: false };
  if (name.includes('gemini-2.')) return { thinking: 'budget', needsSignatures: false };
  return { thinking: 'level', needsSignatures: true };
}
