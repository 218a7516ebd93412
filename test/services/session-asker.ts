import { redisSessionStore } from 'nexusai-hub/adapters/redis';
import type { AssistantMessage, ChatMessage, SessionTracker } from 'nexusai-hub/ports';

import { systemClock } from '../../src/defaults/clock.ts';
import { silentLogger } from '../../src/defaults/logger.ts';
import { sessionTracker } from '../../src/defaults/session-tracker.ts';
import { PATIENT } from './patient.ts';

/** What a process is asked: to ask, and to remember the answer. */
export interface Order {
  readonly messages: ChatMessage[];
  readonly answer: string;
}

// A process of its own, told by its parent.
const [url = ''] = process.argv.slice(2);
const options = { idleMs: 1_800_000, maxActive: 1_000, withinMs: 5_000, maxHistoryLength: undefined };
const store = redisSessionStore({ ...PATIENT, url });
const tracker: SessionTracker = sessionTracker(options, store, systemClock, silentLogger);
const caller = { id: 'app', role: 'user' as const };

process.on('message', ({ messages, answer }: Order) => {
  void (async () => {
    const session = await tracker.open({ model: 'm', messages }, caller, {});
    const message: AssistantMessage = { role: 'assistant', content: answer, refusal: null };
    await tracker.answered?.(session, caller, { message });
    process.send?.({ id: session.id, matchedBy: session.matchedBy });
  })();
});
process.on('disconnect', () => void tracker.close?.());
process.send?.('ready');
