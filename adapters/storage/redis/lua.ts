/**
 * Parts that the scripts share. Lua counts in doubles: whole numbers are exact up to 2^53. Times are microseconds of
 * Redis' own clock, so that processes need not agree about the time.
 */

/** The keys that a script was given, one after the other: a budget has two, its own and that of its reservations. */
export const KEYS_IN_TURN = `
local keysTaken = 0
local function nextKey()
  keysTaken = keysTaken + 1
  return KEYS[keysTaken]
end`;

/** `now`. */
export const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]`;

/** A key lasts as long as the longest of its leases: processes need not agree how long theirs are. */
export const LEASE = `
local function lastFor(key, lease)
  local ms = math.ceil(lease / 1000) + 1
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, ms) end
end`;

/**
 * A rate is what was taken within its last period: a hash of entries with numbers that follow each other, oldest first,
 * each with when it is let go and its units, and `sum`: what holds for all of them, and a copy of the first and the last.
 * Numbers are kept as doubles of eight bytes, which are read several times faster than digits. What is taken within one of
 * 2,000 grains of the period is one entry. `src/defaults/rate-window.ts` does the same sums in memory, so that both decide
 * alike.
 */
export const RATE = `
local GRAINS = 2000
local AT_ONCE = 1 / 10
local SUM = 'dddddddddd'

-- One of which nothing counts. Its numbers are higher than all before: what is settled late must not hit another entry.
local function wholeRate(key)
  return {
    key = key, time = now, shift = 0, used = 0, even = 0,
    first = now, firstEnds = 0, firstUnits = 0, last = now - 1, ends = 0, units = 0,
  }
end

local function sumOf(rate)
  return struct.pack(SUM, rate.time, rate.shift, rate.used, rate.even,
    rate.first, rate.firstEnds, rate.firstUnits, rate.last, rate.ends, rate.units)
end

local function entryAt(rate, number)
  if number == rate.first then return rate.firstEnds, rate.firstUnits end
  if number == rate.last then return rate.ends, rate.units end
  return struct.unpack('dd', redis.call('HGET', rate.key, number))
end

-- Keeps an entry, and the sum with it.
local function keepEntry(rate, number, ends, units)
  if number == rate.first then rate.firstEnds, rate.firstUnits = ends, units end
  if number == rate.last then rate.ends, rate.units = ends, units end
  redis.call('HSET', rate.key, 'sum', sumOf(rate), number, struct.pack('dd', ends, units))
end

-- The rate of a key, without what was taken a period ago.
local function rateAt(key)
  local rate = wholeRate(key)
  local sum = redis.call('HGET', key, 'sum')
  if not sum then return rate end
  local time, shift
  time, shift, rate.used, rate.even, rate.first, rate.firstEnds, rate.firstUnits, rate.last, rate.ends, rate.units =
    struct.unpack(SUM, sum)
  -- A clock that went back must not stop the time of the rate until it has caught up.
  rate.time = math.max(now + shift, time)
  rate.shift = rate.time - now
  if rate.firstEnds > rate.time and rate.firstUnits > 0 then return rate end
  while rate.firstEnds <= rate.time or rate.firstUnits == 0 do
    if rate.first == rate.last then
      redis.call('DEL', key)
      return wholeRate(key)
    end
    redis.call('HDEL', key, rate.first)
    rate.used = rate.used - rate.firstUnits
    local ends, units = entryAt(rate, rate.first + 1)
    rate.first, rate.firstEnds, rate.firstUnits = rate.first + 1, ends, units
  end
  redis.call('HSET', key, 'sum', sumOf(rate))
  return rate
end

-- Units that may be taken now.
local function leftOf(rate, limit, period, evenly)
  -- Of a limit under 1 there is one, now and then.
  local left = math.max(1, limit) - rate.used
  return evenly and math.min(left, (rate.time - rate.even) * limit / period + 1) or left
end

-- How long until there is room for so many; nil: there is now. More than the limit may be taken once nothing counts.
local function roomIn(rate, units, limit)
  local lacking = rate.used + math.min(units, limit) - limit
  if lacking <= 0 then return nil end
  for number = rate.first, rate.last do
    local ends, held = entryAt(rate, number)
    lacking = lacking - held
    if lacking <= 0 or number == rate.last then return ends - rate.time end
  end
end

-- How long until so many may be taken; nil: they may be now. Where room is given out evenly and the limit was reached,
-- nothing is taken before its time, and after each unit its part of the period later.
local function waitFor(rate, units, limit, period, evenly)
  local wait = roomIn(rate, units, limit)
  if not evenly then return wait end
  local even = wait and rate.time + wait - math.floor(period * AT_ONCE) or 0
  if even > rate.even then
    rate.even = even
    redis.call('HSET', rate.key, 'sum', sumOf(rate))
  end
  wait = math.max(wait or 0, rate.even - rate.time)
  return wait > 0 and wait or nil
end

-- Takes, whatever is left, and returns the number of the entry. What is above the limit counts for longer: as long as the
-- limit needs to allow it.
local function takeOf(rate, units, limit, period)
  if units == 0 then return 0 end
  local above = math.max(0, math.min(units, rate.used + units - limit))
  local length = math.ceil(units * period / limit)
  local ends = math.max(
    math.max(rate.ends, rate.time) + math.ceil(above * period / limit),
    rate.time + math.max(period, length))
  rate.used, rate.even = rate.used + units, rate.even + length
  local grain = period / GRAINS
  if rate.first <= rate.last and math.floor((rate.ends - period) / grain) >= math.floor(rate.time / grain) then
    units = rate.units + units
  else
    rate.last = rate.last + 1
  end
  keepEntry(rate, rate.last, ends, units)
  redis.call('PEXPIRE', rate.key, math.ceil((ends - rate.time) / 1000) + 1)
  return rate.last
end

-- Gives some of an entry back, unless it was let go.
local function giveBack(rate, number, units, limit, period)
  if number < rate.first or number > rate.last then return end
  local ends, held = entryAt(rate, number)
  local kept = math.max(0, held - units)
  ends = ends - math.floor((math.max(held, limit) - math.max(kept, limit)) * period / limit)
  rate.used, rate.even = rate.used - (held - kept), rate.even - math.ceil((held - kept) * period / limit)
  keepEntry(rate, number, ends, kept)
end`;

/**
 * A budget is the number of its day or month (UTC), what was settled in it, and what is reserved. Beside it stand its
 * reservations, by the ends of their leases, so that what a dead process reserved does not stay so: each is its id and its
 * units, and it is given back by its name, however late it came.
 */
export const BUDGET = `
local DAY = 86400000000
local MOST_LAPSED = 1000

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

-- The budget of a key in its present window, which lasts for so long.
local function budgetAt(key, reservations, window)
  local number, ends = windowAt(window, now)
  local budget = {
    key = key, reservations = reservations,
    number = number, settled = 0, reserved = 0, left = ends - now,
  }
  local kept, settled, reserved = string.match(redis.call('GET', key) or '', '^(%S+) (%S+) (%S+)$')
  -- A clock that went back over midnight must not open a window anew that has been counted.
  if kept and tonumber(kept) >= number then
    budget.number, budget.settled, budget.reserved = tonumber(kept), tonumber(settled), tonumber(reserved)
  else
    redis.call('DEL', reservations)
  end
  return budget
end

local function keepBudget(budget)
  local text = string.format('%.17g %.17g %.17g', budget.number, budget.settled, budget.reserved)
  redis.call('SET', budget.key, text, 'PX', math.ceil(budget.left / 1000) + 1)
end

-- Takes a reservation out, unless it has gone already.
local function release(budget, id, units)
  if redis.call('ZREM', budget.reservations, id .. ' ' .. units) == 0 then return end
  budget.reserved = math.max(0, budget.reserved - units)
end

-- Takes out what nobody has renewed; of very many some now, and others the next time.
local function dropLapsed(budget)
  if budget.reserved == 0 then return end
  local name, ends = unpack(redis.call('ZRANGE', budget.reservations, 0, 0, 'WITHSCORES'))
  if name and tonumber(ends) > now then return end
  local lapsed = redis.call('ZRANGEBYSCORE', budget.reservations, '-inf', now, 'LIMIT', 0, MOST_LAPSED)
  for _, name in ipairs(lapsed) do release(budget, string.match(name, '^(%S+) (%S+)$')) end
  -- What is left where nobody holds it: fractions that do not add up, or one of two keys was lost.
  if redis.call('EXISTS', budget.reservations) == 0 then budget.reserved = 0 end
  keepBudget(budget)
end

-- Reserves, and keeps the budget; what has lapsed was dropped before.
local function reserve(budget, id, units, ends)
  if tonumber(units) > 0 and redis.call('ZADD', budget.reservations, ends, id .. ' ' .. units) == 1 then
    -- The first of all makes the key.
    if budget.reserved == 0 then
      redis.call('PEXPIRE', budget.reservations, math.ceil(budget.left / 1000) + 1)
    end
    budget.reserved = budget.reserved + units
  end
  keepBudget(budget)
end`;
