/** Whose models have the owner's name before theirs, with a dot: `openai.gpt-oss-120b-1:0` on Bedrock. */
const OWNER = /^(?:[a-z]{2,4}\.)?(?:openai|anthropic|deepseek|qwen|moonshot|google|zai)\./;

/**
 * The name of a model without what others put around it: the path before it (`openai/gpt-4o`,
 * `accounts/fireworks/models/gpt-oss-120b`), its owner (`openai.`), and what a fine-tuned one begins with (`ft:`).
 */
export function baseModelOf(model: string): string {
  const name = model.toLowerCase();
  const tuned = name.startsWith('ft:') ? name.slice('ft:'.length) : name.slice(name.lastIndexOf('/') + 1);
  return (tuned.startsWith('ft:') ? tuned.slice('ft:'.length) : tuned).replace(OWNER, '');
}
