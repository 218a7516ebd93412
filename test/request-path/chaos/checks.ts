import { CODES } from 'nexusai-hub';
import type { RequestRecord } from 'nexusai-hub/ports';
import { checkSums } from '../books.ts';
import type { ChaosHub } from './chaos-hub.ts';
import type { SeenAttempt } from './watched-provider.ts';

/** One request of a caller with a budget lets others wait for what it teaches, however little time they have. */
const PATIENCE_MS = 1_000;
const DAY_MS = 86_400_000;

/** What has to hold after every step: all requests end once, and begin in time. */
export function checkRequests(chaos: ChaosHub): void {
  const { plan, clock, asked } = chaos;
  const acknowledgedMs = plan.durability === 'acknowledged' ? 600 : 0;
  for (const { how, atMs, timesEnded, begunAtMs, endedAtMs, abortedAtMs } of asked) {
    if (timesEnded > 1) chaos.complain(`${how.user} ended ${String(timesEnded)} times`);
    if (begunAtMs !== undefined || endedAtMs !== undefined) continue;
    const longestMs = plan.deadlineMs + PATIENCE_MS + (how.streamed ? 0 : plan.wholeMs);
    const dueMs = atMs + Math.min(longestMs, how.timeoutMs ?? Infinity, (abortedAtMs ?? Infinity) - atMs);
    if (clock.elapsed() > dueMs + acknowledgedMs + 1)
      chaos.complain(`${how.user} was to begin or end at ${String(dueMs)}`);
  }
}

/** What has to hold when all requests are over. */
export function checkEnd(chaos: ChaosHub): void {
  const { asked, hub, quota } = chaos;
  const open = asked.filter(({ end }) => end === undefined).map(({ how }) => how.user);
  if (open.length > 0) chaos.complain(`open for ever: ${open.join()}`);
  const { inFlight } = hub.stats.now();
  if (inFlight > 0) chaos.complain(`${String(inFlight)} requests in the hub after all are over`);
  if (quota?.settled.some((times) => times !== 1)) chaos.complain(`reservations settled ${quota.settled.join()} times`);
  checkLedger(chaos);
  if (chaos.countsExactly) checkLimits(chaos);
}

function checkLedger(chaos: ChaosHub): void {
  const { records, asked, attempts } = chaos;
  if (new Set(records.map(({ requestId }) => requestId)).size !== records.length || records.length !== asked.length)
    chaos.complain(`${String(records.length)} records of ${String(asked.length)} requests`);
  let recorded = 0;
  for (const record of records) {
    const seen = attempts.filter(({ requestId }) => requestId === record.requestId);
    recorded += seen.length;
    checkSums(record);
    checkAttempts(record, seen, chaos);
  }
  if (recorded !== attempts.length)
    chaos.complain(`${String(recorded)} attempts of ${String(attempts.length)} recorded`);
}

function checkAttempts({ attempts, requestId }: RequestRecord, seen: readonly SeenAttempt[], chaos: ChaosHub): void {
  const name = seen[0]?.user ?? requestId;
  const targets = (list: readonly { readonly target: string }[]): string =>
    list
      .map(({ target }) => target)
      .sort()
      .join();
  if (targets(attempts) !== targets(seen))
    chaos.complain(`${name} asked ${targets(seen)}, and ${targets(attempts)} are recorded`);
  if (attempts.filter(({ outcome }) => outcome === 'ok').length > 1) chaos.complain(`${name} was answered twice`);
  attempts.forEach(({ target, reason, usage, usageProvenance }, place) => {
    const before = attempts.slice(0, place).some((one) => one.target === target);
    if (before && reason !== 'again') chaos.complain(`${name} asked ${target} twice, because of "${reason}"`);
    const isTold = seen.some((one) => one.target === target && one.usage?.total_tokens === usage?.total_tokens);
    if (usageProvenance === 'reported' && !isTold) chaos.complain(`${name}: ${target} did not tell such a usage`);
  });
}

/** What keys may ask in a minute and spend in a day, by what is recorded. */
function checkLimits(chaos: ChaosHub): void {
  for (const name of chaos.keys.keys()) {
    const plans = chaos.keyPlans.filter((plan) => plan.name === name);
    const own = chaos.records.filter(({ callerId, attempts }) => callerId === name && attempts.length > 0);
    const perMinute = Math.max(...plans.map(({ rpm }) => rpm ?? Infinity));
    const perDay = Math.max(...plans.map(({ budget_usd: budget }) => (budget?.day ?? Infinity) * 1e9));
    for (const record of own) {
      // Who waits for its turn was let in later than it came.
      const isLate = perDay < Infinity || plans.some(({ budget_usd: budget }) => budget);
      if (!isLate && lately(own, record) > perMinute)
        chaos.complain(`${name} had more than ${String(perMinute)} a minute`);
      if (spentBefore(own, record) >= perDay)
        chaos.complain(`${name} had spent its budget when ${record.requestId} came`);
    }
  }
}

function lately(records: readonly RequestRecord[], { startedAtMs }: RequestRecord): number {
  return records.filter((one) => one.startedAtMs > startedAtMs - 60_000 && one.startedAtMs <= startedAtMs).length;
}

/** Nano-dollars of requests that were over on the same day. */
function spentBefore(records: readonly RequestRecord[], { startedAtMs }: RequestRecord): number {
  const today = startedAtMs - (startedAtMs % DAY_MS);
  const before = records.filter((one) => one.startedAtMs >= today && one.startedAtMs + one.durationMs < startedAtMs);
  return before.reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0);
}

/** What callers may be told, over HTTP also by other names. */
const KNOWN_ENDS: ReadonlySet<string> = new Set([
  ...Object.keys(CODES),
  ...['answer', 'left', 'stopped', 'rate_limit_exceeded', 'insufficient_quota', 'invalid_api_key', 'content_filter'],
]);

/** Every request ended with an answer, by its caller's will, or with a documented code that is no fault of the hub. */
export function checkCodes(chaos: ChaosHub): void {
  for (const { how, end = 'open' } of chaos.asked)
    if (!KNOWN_ENDS.has(end) || end === 'internal') chaos.complain(`${how.user} ended with ${end}`);
}
