import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isNexusError } from 'nexusai-hub';
import { manualClock } from 'nexusai-hub/testing';
import { silentLogger } from '../../src/defaults/logger.ts';
import { estimateUsage } from '../../src/estimate-usage.ts';
import { guessPromptTokens } from '../../src/guess-prompt-tokens.ts';
import { parseChatRequest } from '../../src/openai/request.ts';
import { TokenAudit } from '../../src/token-audit.ts';
import { PLAIN } from './harness.ts';

const credentials = { via: 'process' } as const;
const counter = { count: (text: string) => Promise.resolve({ tokens: text.length, exact: true }) };
const basis = {
  counter,
  model: 'm',
  audit: new TokenAudit(counter, 0, () => 1, silentLogger, manualClock()),
  known: undefined,
};

it('counts tool calls as far as they go: many clients leave out their type', async () => {
  const calls = [
    { id: '1', function: { name: 'f', arguments: '{}' } },
    { id: '1', type: 'function' },
    { id: '1', type: 'custom', custom: { name: 'g', input: 'abc' } },
    { id: '1' },
  ];
  for (const tool_calls of calls.map((call) => [call])) {
    const messages = [...PLAIN.messages, { role: 'assistant', tool_calls }];
    const request = parseChatRequest({ ...PLAIN, messages });
    const call = { operation: 'chat', request, credentials } as const;
    expect(guessPromptTokens(call)).toBeGreaterThan(0);
    expect((await estimateUsage(basis, call, '')).usage.prompt_tokens).toBeGreaterThan(0);
  }
});

it('counts every request that is let in', async () => {
  const odd = fc.oneof(fc.string(), fc.constant(null), fc.integer(), fc.constant({}), fc.constant([]));
  const part = fc.dictionary(fc.constantFrom('type', 'text', 'image_url'), fc.oneof(fc.constant('text'), odd));
  const called = fc.dictionary(fc.constantFrom('name', 'arguments', 'input'), odd);
  const toolCall = fc.dictionary(fc.constantFrom('id', 'type', 'function', 'custom'), fc.oneof(odd, called));
  const member = fc.oneof(odd, fc.array(part, { maxLength: 2 }), fc.array(toolCall, { maxLength: 2 }));
  const message = fc
    .tuple(
      fc.constantFrom('user', 'assistant', 'tool', 'system', 'function'),
      fc.dictionary(fc.constantFrom('content', 'tool_calls', 'name', 'tool_call_id', 'function_call'), member),
    )
    .map(([role, members]) => ({ role, ...members }));
  await fc.assert(
    fc.asyncProperty(fc.array(message, { maxLength: 3 }), async (messages) => {
      try {
        const request = parseChatRequest({ model: 'm', messages });
        const call = { operation: 'chat', request, credentials } as const;
        expect(guessPromptTokens(call)).not.toBeNaN();
        expect((await estimateUsage(basis, call, 'x')).usage.total_tokens).not.toBeNaN();
      } catch (cause) {
        if (!isNexusError(cause)) throw cause;
      }
    }),
    { numRuns: 2_000 },
  );
});
