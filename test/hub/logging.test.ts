import { inspect } from 'node:util';

import { NexusHub, type NexusHubOptions } from 'nexusai-hub';
import { scriptedProvider } from 'nexusai-hub/testing';
import { describe, expect, it } from 'vitest';

import { recordingLogger } from '../data/recording-logger.ts';

const KEY = 'sk-proj-CANARYabcdef0123456789';
const ASKED = {
  model: 'm',
  messages: [{ role: 'user' as const, content: `我的号码 13812345678, ${KEY}, EMP-123456` }],
};

/** What a hub with these options logs of one request. */
async function logOf(options: Partial<NexusHubOptions> = {}, script = scriptedProvider({ says: 'ok' })) {
  const { logger, lines } = recordingLogger();
  const hub = new NexusHub({ providers: { main: script }, logger, ...options });
  await hub.chat.completions.create(ASKED).catch(() => undefined);
  await hub.close();
  return lines;
}

describe('logging', () => {
  it('X1: says nothing of prompts unless it is told to', async () => {
    expect(inspect(await logOf(), { depth: 20 })).not.toContain('号码');
  });

  it('X1: says prompts masked where it is told to', async () => {
    const mask = ['phone', { name: 'staff', pattern: 'EMP-\\d{6}' }] as const;
    const lines = await logOf({ logging: { prompts: true, mask } });
    expect(lines.filter(([, message]) => message === 'a prompt')).toEqual([
      [
        'info',
        'a prompt',
        expect.objectContaining({
          callerId: expect.any(String),
          operation: 'chat',
          model: 'm',
          prompt: [{ role: 'user', content: '我的号码 [phone], [secret], [staff]' }],
        }),
      ],
    ]);
  });

  it('X1: masks what parts say when they fail', async () => {
    const tokenCounter = { count: () => Promise.reject(new Error(`counting with ${KEY} failed`)) };
    const balancer = { order: () => { throw Object.assign(new Error('no'), { config: { apiKey: 'CANARY' } }); } }; // prettier-ignore
    const lines = await logOf({ tokenCounter, balancer });
    expect(lines.length).toBeGreaterThan(0);
    expect(inspect(lines, { depth: 20, showHidden: true })).not.toContain('CANARY');
  });

  it.each<[wrong: unknown, says: string]>([
    [{ mask: ['passport'] }, 'logging.mask[0]: there is no pattern "passport"'],
    [{ mask: [{ name: 'x', pattern: '(a+)+$' }] }, 'logging.mask[0]: "x": the pattern can match in too many ways'],
    [{ mask: [7] }, 'logging.mask[0]: expected the name of a kind'],
    [{ mask: [null] }, 'logging.mask[0]: '],
    [{ prompts: 'yes' }, 'logging.prompts: '],
    [{ secrets: true }, 'logging.secrets: is not known'],
  ])('refuses %j', (logging, says) => {
    const providers = { main: scriptedProvider({ says: 'ok' }) };
    expect(() => new NexusHub({ providers, logging: logging as never })).toThrow(says);
  });
});
