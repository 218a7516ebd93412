import { BUDGET, KEYS_IN_TURN, LEASE, NOW } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Says that a process lives, and renews the leases of what it holds: slots, and reservations of budgets. What has gone
 * meanwhile is there again.
 *
 * KEYS: the set of processes; then those of each slot or budget. ARGV: id of the process, length of a lease
 * (microseconds; 0: the process leaves); then for each slot or budget its kind, the id of what is held, and of a budget its
 * window, the units and the mark of the taking. Returns how many processes live.
 */
export const BEAT: Script = scriptOf(
  KEYS_IN_TURN,
  NOW,
  LEASE,
  BUDGET,
  `
local processes, process, lease = nextKey(), ARGV[1], tonumber(ARGV[2])
if lease == 0 then return redis.call('ZREM', processes, process) end
local ends = string.format('%.17g', now + lease)

local function renew(key, id)
  redis.call('ZADD', key, ends, id)
  lastFor(key, lease)
end

local kinds = {}

function kinds.slots(id)
  renew(nextKey(), id)
end

function kinds.budget(id, window, units, mark)
  local key, reservations = nextKey(), nextKey()
  if redis.call('ZADD', reservations, 'XX', 'CH', ends, id .. ' ' .. units) == 1 then return end
  local budget = budgetAt(key, reservations, window)
  if budget.number ~= tonumber(mark) then return end
  dropLapsed(budget)
  reserve(budget, id, units, ends)
end

renew(processes, process)
for at = 3, #ARGV - 4, 5 do kinds[ARGV[at]](ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]) end
redis.call('ZREMRANGEBYSCORE', processes, '-inf', now)
return redis.call('ZCARD', processes)`,
);

/**
 * Puts what a ledger says in place of what a budget holds as settled.
 *
 * KEYS: those of the budget. ARGV: its window, what was really used. Returns by how much the budget was over it, as text: Redis
 * would cut a fraction off.
 */
export const REBUILD: Script = scriptOf(
  NOW,
  BUDGET,
  `
local budget = budgetAt(KEYS[1], KEYS[2], ARGV[1])
local settled, used = budget.settled, tonumber(ARGV[2])
dropLapsed(budget)
budget.settled = used
keepBudget(budget)
return string.format('%.17g', settled - used)`,
);
