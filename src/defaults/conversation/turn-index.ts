import { type Conversation, isAlive, type Moment, type Turn } from './conversation.ts';
import { MarkMap } from './mark-map.ts';
import { placeOf } from './mark-table.ts';

/** Turns that one mark leads to at most; over it the older half is forgotten. */
const MOST_TURNS = 20_000;
/** So many turns that are over are passed by before they are cleared away. */
const MOST_PASSED = 64;
/** Up to so many a list is faster than a set, and takes no room. */
const MOST_LOOKED_THROUGH = 64;

/** Several turns under one mark. */
interface Holders {
  /** From which nobody has gone on yet, as far as was looked; in the order in which they came under the mark. */
  free: Turn[];
  /** In the order in which somebody has gone on from them. */
  taken: Turn[];
  /** How many there may be before they are looked through. */
  clearAt: number;
  /** All of them, where they are many and one conversation's were asked for. */
  all: Set<Turn> | undefined;
}

/**
 * Which turns a mark of an owner leads to. Bounded: over `capacity` marks those not used for longest are forgotten.
 *
 * Whether it is alive, and of which conversation, is asked of whatever is found: the mark may be another's by chance.
 */
export class TurnIndex {
  /** Nearly every mark leads to one turn. */
  readonly #turns: MarkMap<Turn | Holders>;

  constructor(capacity: number) {
    this.#turns = new MarkMap(capacity);
  }

  add(mark: string, turn: Turn, now: Moment): void {
    const place = placeOf(now.owner, mark);
    const there = this.#turns.get(place);
    if (!there || ('facts' in there && !isAlive(there, now))) {
      this.#turns.set(place, turn);
    } else if ('facts' in there) {
      this.#turns.set(place, { free: [there, turn], taken: [], clearAt: MOST_PASSED, all: undefined });
    } else {
      there.free.push(turn);
      there.all?.add(turn);
      if (there.free.length + there.taken.length >= there.clearAt) clear(there, now);
    }
  }

  /** Takes the newest turn from which nobody has gone on yet. */
  take(mark: string, now: Moment): Turn | undefined {
    const there = this.#turns.get(placeOf(now.owner, mark));
    if (!there) return undefined;
    if ('facts' in there) return isAlive(there, now) ? takeOne(there) : undefined;
    for (let turn = there.free.pop(); turn; turn = there.free.pop()) {
      if (!isAlive(turn, now)) {
        there.all?.delete(turn);
        continue;
      }
      there.taken.push(turn);
      // Somebody may have gone on from it by another mark.
      if (takeOne(turn)) return turn;
    }
    return undefined;
  }

  /** The newest turn of one conversation, whether or not somebody has gone on from it. */
  newestOf(mark: string, conversation: Conversation): Turn | undefined {
    const there = this.#turns.get(placeOf(conversation.owner, mark));
    if (!there) return undefined;
    const isOfIt = (turn: Turn): boolean => turn.conversation === conversation;
    if ('facts' in there) return isOfIt(there) ? there : undefined;
    const { free, taken } = there;
    if (free.length + taken.length <= MOST_LOOKED_THROUGH) {
      let newest: Turn | undefined;
      for (const turns of [free, taken])
        for (const turn of turns) if (isOfIt(turn) && (!newest || turn.order > newest.order)) newest = turn;
      return newest;
    }
    // It has few turns itself, however many others have said the same.
    const all = (there.all ??= new Set([...free, ...taken]));
    return conversation.newest((turn) => all.has(turn));
  }

  /** The newest turn the mark leads to, where all of them are of one conversation. */
  only(mark: string, now: Moment): Turn | 'several' | undefined {
    const there = this.#turns.get(placeOf(now.owner, mark));
    if (!there) return undefined;
    if ('facts' in there) return isAlive(there, now) ? there : undefined;
    let found: Turn | undefined;
    let passed = 0;
    for (const turns of [there.free, there.taken]) {
      for (let place = turns.length - 1; place >= 0; place--) {
        const turn = turns[place];
        if (!turn || !isAlive(turn, now)) passed++;
        else if (found && found.conversation !== turn.conversation) return 'several';
        else found ??= turn;
      }
    }
    if (passed > MOST_PASSED) clear(there, now);
    return found;
  }
}

function takeOne(turn: Turn): Turn | undefined {
  if (turn.isTaken) return undefined;
  turn.isTaken = true;
  return turn;
}

/**
 * Clears away what is over; each turn is looked at once for each time that their number has doubled. Of more than are
 * held none is looked at: the older half goes, most of which is over.
 */
function clear(holders: Holders, now: Moment): void {
  for (const name of ['free', 'taken'] as const) {
    const turns = holders[name];
    holders[name] =
      turns.length > MOST_TURNS ? turns.slice(turns.length / 2) : turns.filter((turn) => isAlive(turn, now));
  }
  holders.all = undefined;
  holders.clearAt = Math.max(MOST_PASSED, 2 * (holders.free.length + holders.taken.length));
}
