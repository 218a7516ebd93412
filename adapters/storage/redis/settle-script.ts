import { BUDGET, KEYS_IN_TURN, NOW, RATE } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Settles many bounds, once: a batch that comes again, because its answer was lost, changes nothing.
 *
 * KEYS: where the number of the process's last batch stands; then those of each bound. ARGV: number of this batch, how
 * long to remember it (milliseconds), 1 when the process knows that it is the next; then for each bound its kind, limit,
 * period (microseconds) or window, what was taken, what was used, and the mark and the id of the taking.
 *
 * Returns 1, 0 when the batch was counted before, or -1 when one before it is missing.
 */
export const SETTLE: Script = scriptOf(
  KEYS_IN_TURN,
  NOW,
  RATE,
  BUDGET,
  `
local lastBatch, batch = nextKey(), tonumber(ARGV[1])
local last = tonumber(redis.call('GET', lastBatch) or 0)
if batch <= last then return 0 end
if batch > last + 1 and ARGV[3] ~= '1' then return -1 end
redis.call('SET', lastBatch, ARGV[1], 'PX', ARGV[2])

local kinds = {}

function kinds.rate(limit, period, taken, used, mark)
  local rate, more = rateAt(nextKey()), used - taken
  if more > 0 then
    takeOf(rate, more, limit, tonumber(period))
  else
    giveBack(rate, tonumber(mark), -more, limit, tonumber(period))
  end
end

function kinds.budget(_, window, taken, used, mark, id)
  local budget = budgetAt(nextKey(), nextKey(), window)
  release(budget, id, taken)
  -- What was taken in a window that is over went with it.
  if budget.number == tonumber(mark) then budget.settled = budget.settled + used end
  keepBudget(budget)
end

function kinds.slots(_, _, _, _, _, id)
  redis.call('ZREM', nextKey(), id)
end

for at = 4, #ARGV - 6, 7 do
  kinds[ARGV[at]](tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], tonumber(ARGV[at + 4]), ARGV[at + 5], ARGV[at + 6])
end
return 1`,
);
