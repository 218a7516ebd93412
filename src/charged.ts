import type { Used } from './attempt-accounts.ts';
import type { DisconnectPolicy } from './parts.ts';

/** What is charged of what was used by an answer whose caller left. */
export function chargedOf(used: Used, policy: DisconnectPolicy): Used {
  switch (policy) {
    case 'none':
      return {};
    case 'reported':
      return { usage: used.usage };
    case 'delivered':
    case 'drain':
      return used;
  }
}
