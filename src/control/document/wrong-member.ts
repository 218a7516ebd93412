import { NexusError } from '../../errors.ts';

/** A member of a change that came from outside is not what it has to be. Nothing of what stood there is shown. */
export function wrongMember(path: string, rule: string): NexusError {
  return new NexusError('request_invalid', `${path} ${rule}.`, { param: path });
}
