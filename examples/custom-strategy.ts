/**
 * A strategy of your own: a value with the function `order`. This one tries out a new deployment with a share of the
 * requests; the circuit and the other targets see to it that nobody notices when it fails. Run it with
 * `npx tsx examples/custom-strategy.ts`.
 */
import { answerInfo, NexusHub } from 'nexusai-hub';
import { demo } from 'nexusai-hub/adapters/demo';
import type { Balancer, Provider, Target } from 'nexusai-hub/ports';
import { NexusError } from 'nexusai-hub/provider-kit';

/** Every so many requests one goes to this provider first; all others ask it last. */
function canary(providerId: string, every: number): Balancer {
  let requests = 0;
  return {
    order(targets) {
      const isItsTurn = requests++ % every === 0;
      const rank = (target: Target): number => Number((target.providerId === providerId) !== isItsTurn);
      // The list belongs to the hub, and all requests share it: sort a copy.
      return [...targets].sort((one, other) => rank(one) - rank(other));
    },
  };
}

/** Works for a while, then has a bug. */
function unsteady(provider: Provider, works: number): Provider {
  let calls = 0;
  return {
    ...provider,
    async open(request, context) {
      if (calls++ >= works) throw new NexusError('provider_unavailable', 'The new deployment has a bug.');
      return provider.open(request, context);
    },
  };
}

const hub = new NexusHub({
  providers: { stable: demo(), next: unsteady(demo(), 2) },
  models: {
    chat: [
      { provider: 'stable', model: 'demo' },
      { provider: 'next', model: 'demo' },
    ],
  },
  balancer: canary('next', 3),
});

for (let number = 1; number <= 9; number++) {
  const messages = [{ role: 'user' as const, content: `Question ${number}` }];
  const answer = await hub.chat.completions.create({ model: 'chat', messages });
  const { provider, attempts } = answerInfo(answer) ?? {};
  console.log(`request ${number}: answered by ${provider ?? '?'} at attempt ${attempts ?? '?'}`);
}
await hub.close();
