import { RecentMap } from './defaults/recent-map.ts';
import { NexusError } from './errors.ts';
import type { Caller, Target } from './ports/index.ts';

/** Responses remembered; over it those not used for longest are forgotten. */
const MOST_RESPONSES = 100_000;
/** Longer ids are nobody's: they are not kept. */
const LONGEST_ID = 256;

/**
 * Which provider made which response, and by which of its keys: only the account that made it can go on from it
 * (providers.md 3.7). Callers never meet each other's responses. In the memory of this process.
 */
export class ResponseHomes {
  readonly #homes = new RecentMap<string, string>(MOST_RESPONSES);

  remember(responseId: string, caller: Caller | undefined, target: Target): void {
    if (responseId.length <= LONGEST_ID) this.#homes.set(keyOf(responseId, caller), homeOf(target));
  }

  /**
   * Those of the targets that can go on from this response. One that is not known here may be older than this process:
   * it is passed on where there is no choice to be wrong about.
   * @throws NexusError `previous_response_not_found`
   */
  targetsOf(responseId: string, caller: Caller, targets: readonly Target[]): readonly Target[] {
    const home = this.#homes.get(keyOf(responseId, caller));
    const able = home === undefined ? targets : targets.filter((target) => homeOf(target) === home);
    const isClear = able.length > 0 && able.every(({ providerId }) => providerId === able[0]?.providerId);
    if (isClear) return able;
    const why =
      home === undefined
        ? 'is not known here, and several providers may have made it'
        : `was made by the provider "${home}", which does not serve this model here`;
    const message = `The response named in previous_response_id ${why}. Send the conversation itself in "input".`;
    throw new NexusError('previous_response_not_found', message, { param: 'previous_response_id' });
  }
}

function homeOf({ providerId, keyId }: Target): string {
  return keyId === undefined ? providerId : `${providerId}#${keyId}`;
}

function keyOf(responseId: string, caller: Caller | undefined): string {
  return `${caller?.id ?? ''}\n${responseId}`;
}
