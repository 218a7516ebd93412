import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wrongInChatRequest } from '../../src/openai/check-request.ts';
import { isJsonObject } from '../../src/openai/json.ts';
import { CHAT_REQUEST, MAX_MODEL_LENGTH } from '../../src/openai/schemas.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const odd = fc.constantFrom<unknown>(
  null,
  undefined,
  '',
  'text',
  0,
  -1,
  1.5,
  2 ** 53,
  NaN,
  Infinity,
  true,
  [],
  {},
  [1],
);
const members: Record<string, fc.Arbitrary<unknown>> = {
  model: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom('m', 'm'.repeat(MAX_MODEL_LENGTH), 'm'.repeat(MAX_MODEL_LENGTH + 1)) },
    odd,
  ),
  messages: fc.oneof({ weight: 9, arbitrary: fc.constant(MESSAGES) }, odd),
  stream: odd,
  stream_options: odd,
  temperature: odd,
  max_tokens: odd,
  max_completion_tokens: odd,
  tools: odd,
  top_p: odd,
  unknown: odd,
};

const OPTIONAL = Object.keys(members).slice(2);

it('takes by hand nothing but what the schema takes, whatever common members hold', () => {
  // Few at a time, so that one wrong member is often alone.
  const bodies = fc
    .tuple(fc.record(members), fc.subarray(OPTIONAL, { maxLength: 2 }))
    .map(([all, kept]) => Object.fromEntries(['model', 'messages', ...kept].map((name) => [name, all[name]])));
  fc.assert(
    fc.property(bodies, (body) => {
      const isTaken = wrongInChatRequest(body) === undefined;
      const listsAreRight = [body['messages'], body['tools']].every(
        (list) => !Array.isArray(list) || list.every(isJsonObject),
      );
      expect(isTaken).toBe(CHAT_REQUEST.safeParse(body).success && listsAreRight);
    }),
    { numRuns: 3_000 },
  );
});
