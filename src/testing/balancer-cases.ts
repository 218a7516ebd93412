import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BalanceHints, Balancer, Outcome, RequestFacts, Target } from '../ports/index.ts';
import type { PortCase, PortCaseOptions } from './port-case.ts';
import { casesOf } from './port-case.ts';
import { scriptedProvider } from './scripted-provider.ts';

/**
 * What a balancer has to do, whatever it goes by. Each case has a new one. Knows no test runner:
 * `for (const { name, run } of balancerCases(() => myBalancer())) it(name, run)`.
 * @throws TypeError when a skip names no case or gives no reason.
 */
export function balancerCases(make: () => Balancer, options: PortCaseOptions = {}): PortCase[] {
  return casesOf('balancerCases', CASES, options, async ({ check }) => {
    check(make());
  });
}

interface Case {
  readonly name: string;
  readonly check: (balancer: Balancer) => void;
}

const OUTCOMES: readonly Outcome[] = ['ok', 'error', 'aborted', 'partial'];
const WEIGHTS: readonly number[] = [1, 3, 0, 0.25, 1, 100];

const CASES: Readonly<Record<string, Case>> = {
  permutation: {
    name: 'every target once, for any number of them, while attempts begin and end',
    check: (balancer) => {
      for (let size = 2; size <= 24; size++) {
        const targets = targetsOf(size);
        for (let turn = 0; turn < 20; turn++) {
          const order = checkedOrder(balancer, targets, hintsOf(turn));
          const observer = order[0] && balancer.begins?.(order[0], factsOf(turn));
          if (turn % 2 === 0) observer?.content(turn);
          observer?.over(OUTCOMES[turn % 4] ?? 'ok', turn, turn % 4 === 1 ? 'provider_unavailable' : undefined);
        }
      }
    },
  },
  'input-untouched': {
    name: 'R7: the list and its targets are left as they are: all requests share them',
    check: (balancer) => {
      const targets = Object.freeze(targetsOf(6).map((target) => Object.freeze(target)));
      for (let turn = 0; turn < 50; turn++) checkedOrder(balancer, targets, hintsOf(turn));
    },
  },
  'targets-made-anew': {
    name: 'the very targets of this request, not those of an earlier one with the same ids',
    check: (balancer) => {
      for (let turn = 0; turn < 50; turn++) checkedOrder(balancer, targetsOf(4), hintsOf(turn));
    },
  },
  'targets-that-change': {
    name: 'targets that come, go and change their weights from request to request',
    check: (balancer) => {
      const all = targetsOf(12);
      for (let turn = 0; turn < 200; turn++) {
        const some = all.filter((_target, place) => (turn * 7 + place * 5) % 3 !== 0);
        const changed = some.map((target, place) => ({ ...target, weight: (turn + place) % 4 }));
        checkedOrder(balancer, changed, hintsOf(turn));
      }
    },
  },
  backups: {
    name: 'targets of weight 0 come after all others',
    check: (balancer) => {
      const targets = targetsOf(7);
      for (let turn = 0; turn < 100; turn++) {
        const order = checkedOrder(balancer, targets, hintsOf(turn));
        const firstBackup = order.findIndex(({ weight }) => weight === 0);
        if (order.slice(firstBackup).some(({ weight }) => weight > 0))
          throw new Error(`Expected weight 0 last; came ${shown(order)}.`);
      }
    },
  },
  'no-weights': {
    name: 'targets none of which has weight',
    check: (balancer) => {
      const targets = targetsOf(3).map((target) => ({ ...target, weight: 0 }));
      for (let turn = 0; turn < 20; turn++) checkedOrder(balancer, targets, hintsOf(turn));
    },
  },
  'no-conversation': {
    name: 'a request whose conversation is not known',
    check: (balancer) => {
      checkedOrder(balancer, targetsOf(3), { ...hintsOf(0), conversationId: '' });
    },
  },
  strangers: {
    name: 'attempts at targets it has never ordered, and attempts that never end',
    check: (balancer) => {
      const [stranger, ...targets] = targetsOf(5);
      if (!stranger) return;
      for (let turn = 0; turn < 50; turn++) {
        balancer.begins?.(stranger, factsOf(turn));
        balancer.begins?.(stranger, factsOf(turn)).over('ok', 5, undefined);
        checkedOrder(balancer, targets, hintsOf(turn));
      }
    },
  },
  many: {
    name: 'a thousand targets without looking at each of them again and again',
    check: (balancer) => {
      const looks = { count: 0 };
      const targets = targetsOf(1_000).map((target) => lookedAt(target, looks));
      balancer.order(targets, hintsOf(0));
      if (looks.count > MOST_LOOKS * targets.length)
        throw new Error(`Expected few looks at 1000 targets; there were ${looks.count}.`);
    },
  },
  memory: {
    name: 'M4: memory stays bounded over a hundred thousand targets and conversations',
    check: (balancer) => {
      const names = { next: 0 };
      useTargets(balancer, 40_000, names);
      const before = heapBytes();
      useTargets(balancer, 100_000, names);
      const grown = heapBytes() - before;
      if (grown > MOST_GROWTH_BYTES)
        throw new Error(`Expected bounded memory; ${grown} bytes were kept of 100000 targets.`);
    },
  },
};

/** Looks at each target, on the average: sorting takes about ten comparisons of two for a thousand. */
const MOST_LOOKS = 100;

/** An entry of a map for each of 100,000 targets takes twice that, however little is in it. */
const MOST_GROWTH_BYTES = 5_000_000;

/** The same target, counting how often somebody reads what strategies go by. */
function lookedAt(target: Target, looks: { count: number }): Target {
  return {
    ...target,
    get id() {
      looks.count++;
      return target.id;
    },
    get weight() {
      looks.count++;
      return target.weight;
    },
  };
}

/** Orders and asks ever new targets for ever new conversations. */
function useTargets(balancer: Balancer, count: number, names: { next: number }): void {
  for (let turn = 0; turn < count; turn += 2) {
    const targets = [targetOf(`new-${names.next++}`, 1), targetOf(`new-${names.next++}`, 2)];
    balancer.order(targets, { ...hintsOf(turn), conversationId: `conversation-${names.next}` });
    for (const target of targets) {
      const observer = balancer.begins?.(target, factsOf(turn));
      observer?.content(5);
      observer?.over('ok', 10, undefined);
    }
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  for (let count = 0; count < 2; count++) collectGarbage();
  return process.memoryUsage().heapUsed;
}

function checkedOrder(balancer: Balancer, targets: readonly Target[], hints: BalanceHints): readonly Target[] {
  const before = [...targets];
  const order = balancer.order(targets, hints);
  if (targets.some((target, place) => target !== before[place]))
    throw new Error('Expected the list of targets to stay as it was; it has another order.');
  const left = new Set(order);
  if (order.length !== targets.length || !targets.every((target) => left.delete(target)))
    throw new Error(`Expected every target of ${shown(targets)} once; came ${shown(order)}.`);
  return order;
}

function shown(targets: readonly Target[]): string {
  const ids = targets.slice(0, 24).map(({ id, weight }) => `${id} (${weight})`);
  return `[${ids.join(', ')}${targets.length > 24 ? ', ...' : ''}]`;
}

const provider = scriptedProvider({ says: '' });

function targetOf(name: string, weight: number): Target {
  return { id: `${name}/m`, providerId: name, provider, model: 'm', weight };
}

function targetsOf(size: number): Target[] {
  return Array.from({ length: size }, (_, place) => targetOf(`p${place}`, WEIGHTS[place % WEIGHTS.length] ?? 1));
}

function factsOf(turn: number): RequestFacts {
  return {
    model: 'm',
    operation: 'chat',
    streamed: turn % 2 === 0,
    hasTools: false,
    metadata: {},
    promptTokens: turn * 100,
  };
}

function hintsOf(turn: number): BalanceHints {
  return {
    conversationId: `c${turn % 10}`,
    newConversation: turn < 10,
    callerId: `caller${turn % 3}`,
    facts: factsOf(turn),
  };
}
