import { NexusError } from '../../errors.ts';
import type { ConfigStore } from '../../ports/config-store.ts';
import { answerOf } from '../store-answer.ts';

/**
 * What a store answers.
 * @throws NexusError `config_unavailable` for whatever it rejects with, or the NexusError it rejects with
 */
export function stored<Answer>(verb: () => Answer | Promise<Answer>): Promise<Answer> {
  return answerOf(verb, unavailable);
}

function unavailable(cause: unknown): NexusError {
  return new NexusError(
    'config_unavailable',
    'What keeps the configuration does not answer. What is in force stays; look at it before you change it again.',
    {},
    cause,
  );
}

/** The same store, whose verbs reject as {@link stored} does. */
export function answering(store: ConfigStore): ConfigStore {
  return {
    newest: () => stored(() => store.newest()),
    epoch: (number) => stored(() => store.epoch(number)),
    history: (query) => stored(() => store.history(query)),
    append: (epoch) => stored(() => store.append(epoch)),
    close: () => store.close?.(),
  };
}
