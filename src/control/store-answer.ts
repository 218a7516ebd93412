import { isNexusError, type NexusError } from '../errors.ts';

/**
 * What a store answers. Whatever it rejects with is told as one thing; what the hub itself says stays as it is.
 * @throws NexusError
 */
export async function answerOf<Answer>(
  verb: () => Answer | Promise<Answer>,
  unavailable: (cause: unknown) => NexusError,
): Promise<Answer> {
  try {
    return await verb();
  } catch (cause) {
    throw isNexusError(cause) ? cause : unavailable(cause);
  }
}
