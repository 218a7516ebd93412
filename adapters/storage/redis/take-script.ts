import { BUDGET, KEYS_IN_TURN, LEASE, NOW, RATE } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * Takes from every bound or from none.
 *
 * KEYS: the counter of each bound, and of a budget its reservations after it. ARGV: id of the reservation, length of a
 * lease (microseconds); then for each bound its kind, limit, period (microseconds) or window, units, and 1 when room is given out evenly.
 *
 * Returns the place of the bound that refused, from 1 (0: none did), and milliseconds until it may have enough; then for
 * each bound the units left, milliseconds until it is whole, and its mark: the number of the rate's entry, or that of the
 * budget's day or month.
 */
export const TAKE: Script = scriptOf(
  KEYS_IN_TURN,
  NOW,
  LEASE,
  RATE,
  BUDGET,
  `
local id, lease = ARGV[1], tonumber(ARGV[2])
local leaseEnds = string.format('%.17g', now + lease)

-- Each kind: how long it lacks something (nil: it does not), how to take, and how it stands then.
local kinds = {}

function kinds.rate(limit, period, units, evenly)
  period, units = tonumber(period), tonumber(units)
  local rate, number = rateAt(nextKey()), 0
  return {
    waits = waitFor(rate, units, limit, period, evenly == '1'),
    take = function() number = takeOf(rate, units, limit, period) end,
    level = function()
      return leftOf(rate, limit, period, evenly == '1'), rate.used > 0 and rate.ends - rate.time or 0, number
    end,
  }
end

function kinds.budget(limit, window, units)
  local budget = budgetAt(nextKey(), nextKey(), window)
  dropLapsed(budget)
  local used = budget.settled + budget.reserved
  return {
    waits = (used >= limit or used + units > limit) and budget.left or nil,
    take = function() reserve(budget, id, units, leaseEnds) end,
    level = function()
      used = budget.settled + budget.reserved
      return limit - used, used > 0 and budget.left or 0, budget.number
    end,
  }
end

function kinds.slots(limit)
  local key = nextKey()
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  local held = redis.call('ZCARD', key)
  return {
    waits = held >= limit and 0 or nil,
    take = function()
      held = held + 1
      redis.call('ZADD', key, leaseEnds, id)
      lastFor(key, lease)
    end,
    level = function() return limit - held, 0, 0 end,
  }
end

local bounds, refusedBy, longest = {}, 0, -1
for at = 3, #ARGV - 4, 5 do
  local bound = kinds[ARGV[at]](tonumber(ARGV[at + 1]), ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
  bounds[#bounds + 1] = bound
  if bound.waits and bound.waits > longest then refusedBy, longest = #bounds, bound.waits end
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
