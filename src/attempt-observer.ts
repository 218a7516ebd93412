import type { Parts } from './parts.ts';
import type { AttemptObserver, RequestFacts, Target } from './ports/index.ts';

/** What the balancer wants to hear of an attempt, if anything. It may fail at that: the attempt goes on. */
export function observerOf(
  { balancer, logger }: Parts,
  target: Target,
  facts: RequestFacts,
): AttemptObserver | undefined {
  if (!balancer.begins) return undefined;
  const harmless = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (cause) {
      logger.error({ target: target.id, cause }, 'the balancer failed at hearing of an attempt');
      return undefined;
    }
  };
  const observer = harmless(() => balancer.begins?.(target, facts));
  return (
    observer && {
      content(ms) {
        harmless(() => {
          observer.content(ms);
        });
      },
      over(outcome, durationMs, error) {
        harmless(() => {
          observer.over(outcome, durationMs, error);
        });
      },
    }
  );
}
