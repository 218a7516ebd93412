import { NexusError } from '../errors.ts';
import type { Exchange } from './exchange.ts';

/**
 * One part of a path, decoded: the id of `/keys/{id}` is part 1.
 * @throws NexusError `request_invalid`
 */
export function pathPart({ path }: Pick<Exchange, 'path'>, index: number): string {
  const part = path.split('/')[index + 1] ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    throw new NexusError('request_invalid', 'The id in the path is not encoded as a part of a path.');
  }
}
