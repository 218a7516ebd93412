import { BUDGET, NOW, RATE } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Settles many bounds, once: a batch that comes again, because its answer was lost, changes nothing.
 *
 * KEYS: where the number of the process's last batch stands; then the counter of each bound. ARGV: number of this
 * batch, how long to remember it (milliseconds), 1 when the process knows that it is the next; then for each bound its kind, limit, period (microseconds) or window,
 * what was taken, what was used, and its mark: that of the taking, or the id of the slot.
 *
 * Returns 1, 0 when the batch was counted before, or -1 when one before it is missing.
 */
export const SETTLE: Script = scriptOf(
  NOW,
  RATE,
  BUDGET,
  `
local batch = tonumber(ARGV[1])
local last = tonumber(redis.call('GET', KEYS[1]) or 0)
if batch <= last then return 0 end
if batch > last + 1 and ARGV[3] ~= '1' then return -1 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])

local kinds = {}

function kinds.rate(key, limit, period, taken, used, mark)
  local rate, more = rateAt(key), used - taken
  if more > 0 then
    takeOf(rate, more, limit, tonumber(period))
  else
    giveBack(rate, tonumber(mark), -more, limit, tonumber(period))
  end
end

function kinds.budget(key, _, window, taken, used, mark)
  local number, settled, reserved, left = budgetOf(key, window)
  -- What was taken in a window that is over went with it.
  if number ~= tonumber(mark) then return end
  keepBudget(key, number, settled + used, math.max(0, reserved - taken), left)
end

function kinds.slots(key, _, _, _, _, mark)
  redis.call('ZREM', key, mark)
end

for place = 2, #KEYS do
  local at = 6 * place - 8
  kinds[ARGV[at]](KEYS[place], tonumber(ARGV[at + 1]), ARGV[at + 2], tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4]), ARGV[at + 5])
end
return 1`,
);
