import { encodingOf } from './openai/tokens/encodings.ts';
import type { AttemptRecord } from './ports/index.ts';

/**
 * Of the names of the model that answered, the one that says most of how it counts: the provider's own. Azure's
 * deployments are named by their owners; where that tells nothing, it is the name the caller used.
 *
 * @param asked the name the caller used; `undefined` where another model may have taken its place.
 */
export function countedModel(
  { providerKind, model }: Pick<AttemptRecord, 'providerKind' | 'model'>,
  asked: string | undefined,
): string {
  const isOwnersName = providerKind === 'azure' && encodingOf(model) === undefined;
  return isOwnersName && asked !== undefined ? asked : model;
}
