import { pathTextOf } from '../../complaint.ts';
import { NexusError } from '../../errors.ts';
import type { ConfigComplaint } from '../document/check-config.ts';

/** Told at once; the others come when these are mended. */
const MOST_TOLD = 5;

/** A configuration that is refused as a whole: nothing of it was applied. */
export function configInvalid(complaints: readonly ConfigComplaint[]): NexusError {
  const told = complaints.slice(0, MOST_TOLD).map(complaintText);
  const more = complaints.length - told.length;
  const others = more > 0 ? ` (and ${String(more)} more)` : '';
  const [first] = complaints;
  const message = `The configuration is not right, and nothing was changed: ${told.join('; ')}${others}.`;
  return new NexusError('request_invalid', message, first ? { param: pathTextOf(first.path) } : {});
}

function complaintText({ path, message }: ConfigComplaint): string {
  return `${path.length === 0 ? 'the whole' : pathTextOf(path)}: ${message.replace(/\.$/, '')}`;
}
