import type { Caller, Target } from 'nexusai-hub/ports';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { ResponseHomes } from '../../src/response-homes.ts';

const caller: Caller = { id: 'app', role: 'user' };
const provider = scriptedProvider({ says: '' });
const targetOf = (providerId: string, keyId?: string): Target => ({
  id: keyId === undefined ? `${providerId}/m` : `${providerId}#${keyId}/m`,
  providerId,
  provider,
  keyId,
  model: 'm',
  weight: 1,
});

describe('ResponseHomes', () => {
  it('goes back to the key that made a response, not to another of the same provider', () => {
    const homes = new ResponseHomes();
    const targets = [targetOf('p', 'a'), targetOf('p', 'b'), targetOf('q')];
    homes.remember('resp_b', caller, targets[1]!);
    homes.remember('resp_q', caller, targets[2]!);
    expect(homes.targetsOf('resp_b', caller, targets)).toEqual([targets[1]]);
    expect(homes.targetsOf('resp_q', caller, targets)).toEqual([targets[2]]);
    expect(() => homes.targetsOf('resp_b', caller, [targets[0]!])).toThrow(
      expect.objectContaining({ code: 'previous_response_not_found' }),
    );
    expect(() => homes.targetsOf('resp_b', { ...caller, id: 'else' }, targets)).toThrow();
  });
});
