/**
 * Parts that the scripts share. Lua counts in doubles: whole numbers are exact up to 2^53. Times are microseconds of
 * Redis' own clock, so that processes need not agree about the time.
 */

/** `now`. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

/**
 * A rate is what was taken within its last period: a hash of entries with numbers that follow each other, oldest first,
 * each with when it is let go and its units, and of their sum. What is taken within one of 2,000 grains of the period is
 * one entry. `src/defaults/rate-window.ts` does the same sums in memory, so that both decide alike.
 */
export const RATE = `
local GRAINS = 2000

local function entryOf(text)
  local ends, units = string.match(text, '^(%S+) (%S+)$')
  return tonumber(ends), tonumber(units)
end

local function entryAt(rate, number)
  return entryOf(redis.call('HGET', rate.key, number))
end

local function sumOf(rate)
  return string.format('%.17g %.17g %.17g %.17g %.17g', rate.first, rate.last, rate.used, rate.time, rate.shift)
end

-- One of which nothing counts. Its numbers are higher than all before: what is settled late must not hit another entry.
local function wholeRate(key)
  return { key = key, first = now, last = now - 1, used = 0, time = now, shift = 0, ends = 0, units = 0 }
end

-- The rate of a key, without what was taken a period ago.
local function rateAt(key)
  local rate = wholeRate(key)
  local sum = redis.call('HGET', key, 'sum')
  if not sum then return rate end
  local first, last, used, time, shift = string.match(sum, '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
  rate.first, rate.last, rate.used = tonumber(first), tonumber(last), tonumber(used)
  -- A clock that went back must not stop the time of the rate until it has caught up.
  rate.time = math.max(now + shift, tonumber(time))
  rate.shift = rate.time - now
  local entries = redis.call('HMGET', key, first, last)
  rate.ends, rate.units = entryOf(entries[2])
  local ends, units = entryOf(entries[1])
  local kept = rate.first
  while ends <= rate.time or units == 0 do
    if rate.first == rate.last then
      redis.call('DEL', key)
      return wholeRate(key)
    end
    redis.call('HDEL', key, rate.first)
    rate.first, rate.used = rate.first + 1, rate.used - units
    ends, units = entryAt(rate, rate.first)
  end
  if rate.first > kept then redis.call('HSET', key, 'sum', sumOf(rate)) end
  return rate
end

-- How long until so many may be taken; nil: they may be now. More than the limit may be once nothing counts.
local function waitFor(rate, units, limit)
  local lacking = rate.used + math.min(units, limit) - limit
  if lacking <= 0 then return nil end
  for number = rate.first, rate.last do
    local ends, held = entryAt(rate, number)
    lacking = lacking - held
    if lacking <= 0 or number == rate.last then return ends - rate.time end
  end
end

-- Takes, whatever is left, and returns the number of the entry. What is above the limit counts for longer: as long as the
-- limit needs to allow it.
local function takeOf(rate, units, limit, period)
  if units == 0 then return 0 end
  local above = math.max(0, math.min(units, rate.used + units - limit))
  local ends = math.max(
    math.max(rate.ends, rate.time) + math.ceil(above * period / limit),
    rate.time + math.max(period, math.ceil(units * period / limit)))
  local grain = period / GRAINS
  if rate.first <= rate.last and math.floor((rate.ends - period) / grain) >= math.floor(rate.time / grain) then
    rate.units = rate.units + units
  else
    rate.last, rate.units = rate.last + 1, units
  end
  rate.ends, rate.used = ends, rate.used + units
  redis.call('HSET', rate.key, 'sum', sumOf(rate), rate.last, string.format('%.17g %.17g', ends, rate.units))
  redis.call('PEXPIRE', rate.key, math.ceil((ends - rate.time) / 1000) + 1)
  return rate.last
end

-- Gives some of an entry back, unless it was let go.
local function giveBack(rate, number, units, limit, period)
  if number < rate.first or number > rate.last then return end
  local ends, held = entryAt(rate, number)
  local kept = math.max(0, held - units)
  ends = ends - math.floor((math.max(held, limit) - math.max(kept, limit)) * period / limit)
  rate.used = rate.used - (held - kept)
  redis.call('HSET', rate.key, 'sum', sumOf(rate), number, string.format('%.17g %.17g', ends, kept))
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
