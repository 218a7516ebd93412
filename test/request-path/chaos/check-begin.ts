import type { ChaosHub } from './chaos-hub.ts';
import type { SeenAttempt } from './watched-provider.ts';

/** What has to hold when a provider is asked. */
export function checkBegin(attempt: SeenAttempt, chaos: ChaosHub): void {
  const { attempts, asked, plan } = chaos;
  const { user } = attempt;
  const made = attempts.filter((one) => one.user === user).length;
  if (made > plan.maxAttempts) chaos.complain(`${user} has ${String(made)} attempts of ${String(plan.maxAttempts)}`);
  const request = asked.find(({ how }) => how.user === user);
  // Who stops reading has a request still, until the hub finds out.
  if (request?.end !== undefined && request.end !== 'stopped')
    chaos.complain(`${user} has ended (${request.end}), and ${attempt.target} is asked`);
  checkPlaces(attempt, chaos);
  checkPace(attempt, chaos);
  if (request?.how.key && chaos.countsExactly) checkKeyPlaces(request.how.key.name, chaos);
}

function checkPlaces({ providerId }: SeenAttempt, chaos: ChaosHub): void {
  const running = chaos.attempts.filter((one) => one.providerId === providerId && one.endedAtMs === undefined).length;
  const most = chaos.places.mostSince(providerId, oldest(chaos));
  if (running > most) chaos.complain(`${providerId} runs ${String(running)} of ${String(most)}`);
}

function checkPace({ providerId, atMs }: SeenAttempt, chaos: ChaosHub): void {
  const { rate_limit: most = Infinity } = chaos.providers.get(providerId) ?? {};
  const lately = chaos.attempts.filter((one) => one.providerId === providerId && one.atMs > atMs - 1_000).length;
  if (lately > most && chaos.countsExactly)
    chaos.complain(`${providerId} is asked ${String(lately)} of ${String(most)} times in a second`);
}

function checkKeyPlaces(name: string, chaos: ChaosHub): void {
  const running = new Set(chaos.attempts.filter(({ endedAtMs }) => endedAtMs === undefined).map(({ user }) => user));
  const atOnce = chaos.asked.filter(({ how }) => how.key?.name === name && running.has(how.user)).length;
  const most = chaos.places.mostSince(name, oldest(chaos));
  if (atOnce > most) chaos.complain(`${name} runs ${String(atOnce)} of ${String(most)}`);
}

/** When the oldest request came that may hold something: it was let in by what held then. */
function oldest({ asked }: ChaosHub): number {
  const open = asked.filter(({ end }) => end === undefined || end === 'stopped');
  return Math.min(...open.map(({ atMs }) => atMs));
}
