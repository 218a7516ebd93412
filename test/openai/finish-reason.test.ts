import { describe, expect, it } from 'vitest';
import { failureOfFinish, finishReasonOf } from '../../src/openai/finish-reason.ts';
import type { FinishReason } from '../../src/openai/types.ts';

/** Section 2.3 of the provider reference. */
const NATIVE: Record<FinishReason, string[]> = {
  stop: [
    'stop',
    'normal',
    'eos',
    'end_turn',
    'stop_sequence',
    'pause_turn',
    'STOP',
    'completed',
    'something new',
    'constructor',
  ],
  length: ['length', 'max_tokens', 'MAX_TOKENS', 'model_context_window_exceeded', 'max_output_tokens', 'model_length'],
  tool_calls: ['tool_calls', 'tool_use'],
  content_filter: [
    'content_filter',
    'refusal',
    'SAFETY',
    'RECITATION',
    'BLOCKLIST',
    'PROHIBITED_CONTENT',
    'SPII',
    'IMAGE_SAFETY',
  ],
  function_call: ['function_call'],
};

describe('finishReasonOf', () => {
  for (const [reason, natives] of Object.entries(NATIVE)) {
    it.each(natives)(`%s is ${reason}`, (native) => {
      expect(finishReasonOf(native, false)).toBe(reason);
    });
  }

  it.each(['stop', 'STOP', 'normal', 'end_turn', 'function_call', 'tool_calls', 'something new'])(
    '%s is tool_calls when tools were called',
    (native) => {
      expect(finishReasonOf(native, true)).toBe('tool_calls');
    },
  );

  it.each(['length', 'content_filter'])('%s stays what it is when tools were called', (native) => {
    expect(finishReasonOf(native, true)).toBe(native);
  });

  it.each([undefined, null, '', 0, false, {}])('%j is none', (native) => {
    expect(finishReasonOf(native, false)).toBeUndefined();
    expect(finishReasonOf(native, true)).toBeUndefined();
  });
});

it('finish reasons that report a failure are told apart', () => {
  expect(failureOfFinish('error')).toBe('provider_unavailable');
  expect(failureOfFinish('abort')).toBe('provider_unavailable');
  expect(failureOfFinish('insufficient_system_resource')).toBe('provider_overloaded');
  for (const native of [...Object.values(NATIVE).flat(), '', null, undefined])
    expect(failureOfFinish(native)).toBeUndefined();
});
