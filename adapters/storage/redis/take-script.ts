import { BUDGET, NOW, RATE } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Takes from every bound or from none.
 *
 * KEYS: the counter of each bound. ARGV: id of the reservation, length of a lease (microseconds); then for each bound
 * its kind, limit, burst, period (microseconds) or window, and units.
 *
 * Returns the place of the bound that refused, from 1 (0: none did), and milliseconds until it may have enough; then for
 * each bound the units left, milliseconds until it is whole, and its mark: when the units of a rate will have
 * flowed off (microseconds), or the number of the budget's day or month.
 */
export const TAKE: Script = scriptOf(
  NOW,
  RATE,
  BUDGET,
  `
local id, lease = ARGV[1], tonumber(ARGV[2])

-- Each kind: how long it lacks something (nil: it does not), how to take, and how it stands then.
local kinds = {}

function kinds.rate(key, limit, burst, period, units)
  burst, period, units = tonumber(burst), tonumber(period), tonumber(units)
  local debt = debtAt(key, limit)
  -- What flows off in a microsecond is what rounding may add up to.
  local lack = debt - limit + (math.min(units, burst) - burst) * period
  return {
    waits = lack > 0 and lack / limit or nil,
    take = function()
      debt = debt + units * period
      owe(key, debt, limit)
    end,
    level = function()
      local rounded = math.max(0, debt - limit)
      return burst - rounded / period, rounded / limit, math.ceil(now + debt / limit)
    end,
  }
end

function kinds.budget(key, limit, _, window, units)
  units = tonumber(units)
  local number, settled, reserved, left = budgetOf(key, window)
  local used = settled + reserved
  return {
    waits = (used >= limit or used + units > limit) and left or nil,
    take = function()
      used = used + units
      keepBudget(key, number, settled, reserved + units, left)
    end,
    level = function() return limit - used, used > 0 and left or 0, number end,
  }
end

function kinds.slots(key, limit)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local held = redis.call('ZCARD', key)
  return {
    waits = held >= limit and 0 or nil,
    take = function()
      held = held + 1
      redis.call('ZADD', key, string.format('%.17g', now + lease), id)
      redis.call('PEXPIRE', key, math.ceil(lease / 1000))
    end,
    level = function() return limit - held, 0, 0 end,
  }
end

local bounds, refusedBy, longest = {}, 0, -1
for place, key in ipairs(KEYS) do
  local at = 5 * place - 2
  local bound = kinds[ARGV[at]](key, tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
  if bound.waits and bound.waits > longest then refusedBy, longest = place, bound.waits end
  bounds[place] = bound
end

local answer = { refusedBy, math.ceil(math.max(0, longest) / 1000) }
for _, bound in ipairs(bounds) do
  if refusedBy == 0 then bound.take() end
  local left, reset, mark = bound.level()
  answer[#answer + 1] = math.max(0, math.floor(left))
  answer[#answer + 1] = math.ceil(reset / 1000)
  answer[#answer + 1] = mark
end
return answer`,
);
