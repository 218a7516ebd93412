import { BUDGET, NOW } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Says that a process lives, and renews the leases of the slots it holds.
 *
 * KEYS: the set of processes; then the counter of each slot. ARGV: id of the process, length of a lease (microseconds; 0:
 * the process leaves); then the id of each slot. Returns how many processes live.
 */
export const BEAT: Script = scriptOf(
  NOW,
  `
local lease = tonumber(ARGV[2])
if lease == 0 then return redis.call('ZREM', KEYS[1], ARGV[1]) end
local ends = string.format('%.17g', now + lease)
for place, key in ipairs(KEYS) do
  redis.call('ZADD', key, ends, ARGV[place == 1 and 1 or place + 1])
  redis.call('PEXPIRE', key, math.ceil(lease / 1000) + 1)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return redis.call('ZCARD', KEYS[1])`,
);

/**
 * Puts what a ledger says in place of what a budget holds as settled.
 *
 * KEYS: the budget. ARGV: its window, what was really used. Returns by how much the budget was over it, as text: Redis
 * would cut a fraction off.
 */
export const REBUILD: Script = scriptOf(
  NOW,
  BUDGET,
  `
local number, settled, reserved, left = budgetOf(KEYS[1], ARGV[1])
local used = tonumber(ARGV[2])
keepBudget(KEYS[1], number, used, reserved, left)
return string.format('%.17g', settled - used)`,
);
