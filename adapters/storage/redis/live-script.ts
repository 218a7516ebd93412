import { NOW } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/**
 * KEYS: counts of all, processes by when they stop counting as running, requests in each, requests each has turned away,
 * conversations by when somebody asked in them, and what was counted of this process. ARGV: process, how long it counts as
 * running (0: it ends), its requests, those it has turned away, the time and the idle time of conversations by its clock, how
 * many counts, for each its name, all of it and what of it was counted; then conversations and when somebody asked in them
 * (empty: they were ended). Returns processes, their requests, those turned away, conversations, and the counts.
 */
export const REPORT: Script = scriptOf(
  NOW,
  `
local MOST_SESSIONS, KNOWN_MS = 1000000, 3600000
local process, lasts, at, idle, names = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function whole(value) return string.format('%.0f', value) end

-- Of what it has counted only what is new: an answer may have been lost, and reports may overtake each other.
for place = 8, 5 + 3 * names, 3 do
  local name, count = ARGV[place], tonumber(ARGV[place + 1])
  local before = tonumber(redis.call('HGET', KEYS[6], name) or ARGV[place + 2])
  if count > before then redis.call('HINCRBY', KEYS[1], name, whole(count - before)) end
  redis.call('HSET', KEYS[6], name, whole(math.max(count, before)))
end
redis.call('PEXPIRE', KEYS[6], KNOWN_MS)

redis.call('ZADD', KEYS[2], whole(now + lasts * 1000), process)
redis.call('HSET', KEYS[3], process, ARGV[3])
redis.call('HSET', KEYS[4], process, ARGV[4])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', whole(now))) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('HDEL', KEYS[3], gone)
  redis.call('HDEL', KEYS[4], gone)
end

for place = 8 + 3 * names, #ARGV, 2 do
  local name, seen = ARGV[place], ARGV[place + 1]
  if seen == '' then
    redis.call('ZREM', KEYS[5], name)
  elseif tonumber(seen) > tonumber(redis.call('ZSCORE', KEYS[5], name) or '-inf') then
    redis.call('ZADD', KEYS[5], seen, name)
  end
end
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', whole(at - idle))
redis.call('ZREMRANGEBYRANK', KEYS[5], 0, -1 - MOST_SESSIONS)
redis.call('PEXPIRE', KEYS[5], whole(idle))

local function sumOf(key)
  local sum = 0
  for _, value in ipairs(redis.call('HVALS', key)) do sum = sum + tonumber(value) end
  return whole(sum)
end
local answer = {
  redis.call('ZCARD', KEYS[2]), sumOf(KEYS[3]), sumOf(KEYS[4]),
  redis.call('ZCARD', KEYS[5]),
}
for place = 8, 5 + 3 * names, 3 do answer[#answer + 1] = redis.call('HGET', KEYS[1], ARGV[place]) or '0' end
return answer`,
);
