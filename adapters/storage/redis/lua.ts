/**
 * Parts that the scripts share. Lua counts in doubles: whole numbers are exact up to 2^53. Times are microseconds of
 * Redis' own clock, so that processes need not agree about the time.
 */

/** `now`. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

/**
 * A rate is the debt of its key, in units times the microseconds of its period: that flows off by `limit` in a
 * microsecond, so whole numbers stay whole, and whoever changes a limit changes the pace of what is owed already.
 */
export const RATE = `
local function debtAt(key, limit)
  local debt, at = string.match(redis.call('GET', key) or '', '^(%S+) (%S+)$')
  if not debt then return 0 end
  -- A clock that went back must not stop the flow until it has caught up.
  return math.max(0, debt - math.max(0, now - at) * limit)
end

local function owe(key, debt, limit)
  if debt <= 0 then return redis.call('DEL', key) end
  redis.call('SET', key, string.format('%.17g %.17g', debt, now), 'PX', math.ceil(debt / limit / 1000) + 1)
end`;

/** A budget is the number of its day or month (UTC), what was settled in it, and what is reserved. */
export const BUDGET = `
local DAY = 86400000000

-- The first day of a month since 1970; months are counted from the year 0 (the era of 400 years has 146,097 days).
local function firstDayOf(month)
  local year, place = math.floor((month - 2) / 12), (month - 2) % 12
  local era = math.floor(year / 400)
  local yearOfEra = year - era * 400
  return era * 146097 + yearOfEra * 365 + math.floor(yearOfEra / 4) - math.floor(yearOfEra / 100)
    + math.floor((153 * place + 2) / 5) - 719468
end

-- The day or month that holds a time, and when it ends.
local function windowAt(window, at)
  local day = math.floor(at / DAY)
  if window == 'day' then return day, (day + 1) * DAY end
  local month = 1970 * 12 + math.floor(day / 30.436875)
  while firstDayOf(month) > day do month = month - 1 end
  while firstDayOf(month + 1) <= day do month = month + 1 end
  return month, firstDayOf(month + 1) * DAY
end

-- Returns the number of the window, what is settled and reserved in it, and how long it lasts.
local function budgetOf(key, window)
  local number, ends = windowAt(window, now)
  local kept, settled, reserved = string.match(redis.call('GET', key) or '', '^(%S+) (%S+) (%S+)$')
  -- A clock that went back over midnight must not open a window anew that has been counted.
  if not kept or tonumber(kept) < number then return number, 0, 0, ends - now end
  return tonumber(kept), tonumber(settled), tonumber(reserved), ends - now
end

local function keepBudget(key, number, settled, reserved, left)
  local text = string.format('%.17g %.17g %.17g', number, settled, reserved)
  redis.call('SET', key, text, 'PX', math.ceil(left / 1000) + 1)
end`;
