import { expect, it } from 'vitest';
import { NexusHub } from 'nexusai-hub';

import { parseConfig } from '../../cli/config-file.ts';
import { optionsOf } from '../../cli/hub-options.ts';

it('every member of circuit in a file becomes an option the hub takes', async () => {
  const text = `providers: [{ id: d, kind: demo }]
circuit: { failures: 4, failure_rate: 0.4, window_ms: 3000, retry_after_ms: 2000, when_all_open: wait, max_wait_ms: 1000 }
`;
  const options = optionsOf(parseConfig(text, 'nexus.yaml', {}), 'nexus.yaml');
  expect(options.circuit).toEqual({
    failures: 4,
    failureRate: 0.4,
    windowMs: 3_000,
    retryAfterMs: 2_000,
    whenAllOpen: 'wait',
    maxWaitMs: 1_000,
  });
  await new NexusHub(options).close();
});
