import type { FlowRun } from './flow-run.ts';
import { expectSame } from './flow-run.ts';

/** What is done with a flow control, and what has to come of it. */
interface FlowCheck {
  readonly name: string;
  readonly check: (run: FlowRun) => Promise<void>;
}

/** What every flow control has to do, by the ids of the cases. */
export const flowChecks: Readonly<Record<string, FlowCheck>> = {
  room: {
    name: 'gives as many places as there are, at once, and no more',
    check: async (run) => {
      const entered = [1, 2, 3].map(() => run.enter());
      await run.settle();
      expectSame('who has a place', entered.map(run.stateOf), ['inside', 'inside', 'waiting']);
    },
  },
  'one-provider-alone': {
    name: 'gives the places of each provider by themselves',
    check: async (run) => {
      const entered = ['a', 'a', 'a', 'b'].map((provider) => run.enter({ provider }));
      await run.settle();
      expectSame('who has a place', entered.map(run.stateOf), ['inside', 'inside', 'waiting', 'inside']);
    },
  },
  order: {
    name: 'hands places on in the order they were asked for',
    check: async (run) => {
      await run.fill();
      const entered = [1, 2, 3].map(() => run.enter());
      await run.leaveOne();
      expectSame('after one place', entered.map(run.stateOf), ['inside', 'waiting', 'waiting']);
      await run.leaveOne();
      expectSame('after two places', entered.map(run.stateOf), ['inside', 'inside', 'waiting']);
    },
  },
  priority: {
    name: 'lets higher priorities go first, and equals in their order',
    check: async (run) => {
      await run.fill();
      const entered = [-1, 5, 5].map((priority) => run.enter({ priority }));
      await run.leaveOne();
      expectSame('after one place', entered.map(run.stateOf), ['waiting', 'inside', 'waiting']);
      await run.leaveOne();
      expectSame('after two places', entered.map(run.stateOf), ['waiting', 'inside', 'inside']);
      await run.leaveOne();
      expectSame('after three places', entered.map(run.stateOf), ['inside', 'inside', 'inside']);
    },
  },
  starvation: {
    name: 'gives a low priority its place at last, though higher ones keep coming',
    check: async (run) => {
      await run.fill();
      const low = run.enter({ priority: 0 });
      let places = 0;
      for (; run.stateOf(low) === 'waiting' && places < 50; places++) {
        run.enter({ priority: 9 });
        await run.leaveOne();
      }
      expectSame(`the low one after ${String(places)} places`, run.stateOf(low), 'inside');
    },
  },
  'no-wait': {
    name: 'gives who does not wait a place now or none, with a time to come back',
    check: async (run) => {
      await run.fill();
      const now = run.enter({ maxWaitMs: 0, priority: 9 });
      await run.settle();
      run.expectRefused(now);
      await run.leaveOne();
      const next = run.enter({ maxWaitMs: 0 });
      await run.settle();
      expectSame('who comes when there is room', run.stateOf(next), 'inside');
    },
  },
  'queue-full': {
    name: 'refuses who finds the queue full, at once, with a time to come back',
    check: async (run) => {
      await run.fill();
      const entered = [1, 2, 3, 4].map(() => run.enter());
      await run.settle();
      expectSame('who waits', entered.map(run.stateOf), ['waiting', 'waiting', 'waiting', 'refused']);
      run.expectRefused(entered[3]);
    },
  },
  'own-limit': {
    name: 'refuses who has waited as long as anybody may, and leaves no timer behind',
    check: async (run) => {
      await run.fill();
      const late = run.enter({ maxWaitMs: 1_000_000 });
      await run.clock.advance(999);
      expectSame('before the limit', run.stateOf(late), 'waiting');
      await run.clock.advance(1);
      run.expectRefused(late);
      expectSame('timers left', run.clock.pending, 0);
    },
  },
  'waiters-limit': {
    name: 'lets nobody wait longer than it said',
    check: async (run) => {
      await run.fill();
      const hasty = run.enter({ maxWaitMs: 300 });
      await run.clock.advance(300);
      run.expectRefused(hasty);
    },
  },
  'queue-place-free': {
    name: 'C4: frees the place in the queue of who was refused or left',
    check: async (run) => {
      await run.fill();
      const [hasty, leaver] = [run.enter({ maxWaitMs: 10 }), run.enter()];
      run.enter();
      await run.clock.advance(10);
      leaver.controller.abort(new Error('gone'));
      await run.settle();
      const entered = [run.enter(), run.enter()];
      await run.settle();
      expectSame('who has left', [hasty, leaver].map(run.stateOf), ['refused', 'refused']);
      expectSame('who came after them', entered.map(run.stateOf), ['waiting', 'waiting']);
    },
  },
  abort: {
    name: 'takes who aborts out of the queue at once, and gives its turn to the next',
    check: async (run) => {
      await run.fill();
      const [leaver, next] = [run.enter(), run.enter()];
      leaver.controller.abort(new Error('gone'));
      await run.settle();
      expectSame('the one who left', run.stateOf(leaver), 'refused');
      await run.leaveOne();
      expectSame('the next', run.stateOf(next), 'inside');
    },
  },
  'abort-inside': {
    name: 'leaves who is inside its place, whatever its signal says, until it is released',
    check: async (run) => {
      const [first] = await run.fill();
      const next = run.enter();
      first?.controller.abort(new Error('gone'));
      await run.settle();
      expectSame('the next', run.stateOf(next), 'waiting');
    },
  },
  'abort-with-release': {
    name: 'C4: loses no place when its next owner leaves in the same moment',
    check: async (run) => {
      await run.fill();
      const leaver = run.enter();
      run.release();
      leaver.controller.abort(new Error('gone'));
      await run.settle();
      if (run.stateOf(leaver) === 'inside') run.release(leaver);
      const next = run.enter();
      await run.settle();
      expectSame('who comes after it', run.stateOf(next), 'inside');
    },
  },
  'random-ends': {
    name: 'C4: has every place free after 10,000 random ends, and never gave one too many',
    check: async (run) => {
      let seed = 1;
      const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
      for (let round = 0; round < 10_000; round++) {
        const one = run.enter({ priority: random(3), maxWaitMs: random(5) });
        if (random(4) === 0) one.controller.abort(new Error('gone'));
        if (random(2) === 0) run.release();
        if (round % 50 === 0) await run.clock.advance(random(8));
        if (run.inside > 2) throw new Error(`There were ${String(run.inside)} inside 2 places.`);
      }
      await run.clock.advance(1_000);
      while (run.inside > 0) await run.leaveOne();
      const entered = [run.enter(), run.enter(), run.enter()];
      await run.settle();
      expectSame('who finds a place', entered.map(run.stateOf), ['inside', 'inside', 'waiting']);
      entered[2]?.controller.abort(new Error('gone'));
      expectSame('timers left', run.clock.pending, 0);
    },
  },
};
