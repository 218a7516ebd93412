import type { LiveCounting } from './live-counting.ts';
import type { Session, SessionTracker } from './ports/index.ts';
import { isPromise } from './defaults/is-promise.ts';

/** The same tracker; what it finds and what is ended by it counts among the conversations of all processes. */
export function countedSessions(tracker: SessionTracker, live: LiveCounting): SessionTracker {
  const end = tracker.end?.bind(tracker);
  const merge = tracker.merge?.bind(tracker);
  const split = tracker.split?.bind(tracker);
  return {
    open(request, caller, clues) {
      const see = (session: Session): Session => {
        live.sees(caller.id, session.id);
        return session;
      };
      const session = tracker.open(request, caller, clues);
      return isPromise(session) ? session.then(see) : see(session);
    },
    ...(tracker.answered && { answered: tracker.answered.bind(tracker) }),
    ...(tracker.counted && { counted: tracker.counted.bind(tracker) }),
    ...(tracker.history && { history: tracker.history.bind(tracker) }),
    ...(end && {
      async end(owner, id) {
        const isDone = await end(owner, id);
        if (isDone) live.ends(owner, id);
        return isDone;
      },
    }),
    ...(merge && {
      async merge(owner, into, from) {
        const isDone = await merge(owner, into, from);
        if (isDone) live.ends(owner, from);
        return isDone;
      },
    }),
    ...(split && {
      async split(owner, id, at) {
        const made = await split(owner, id, at);
        if (made !== undefined) live.sees(owner, made);
        return made;
      },
    }),
    active: () => tracker.active(),
    ...(tracker.close && { close: tracker.close.bind(tracker) }),
  };
}
