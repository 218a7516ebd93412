/**
 * KEYS: start of all keys of an owner, whose hash tag keeps them in one slot. ARGV: now and the idle time in milliseconds,
 * both by the clock of whoever asks, then those of the verb.
 *
 * A conversation is a hash: when it was last `seen`, the `of` what it was made a part, the number of its `next` turn, and
 * what is known of its messages. A turn is a hash: its conversation (`in`), what is known of it (`facts`), and whether it was
 * `taken`. A mark is a sorted set of turns, the newest with the highest score; `free` of those that may be taken.
 *
 * What is over stays for a while: `GRACE` times the idle time, because marks of long conversations are not renewed.
 */
export const SHARED = `
local P, now, idle = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local GRACE, MOST_TURNS = 4, 10000
local function number(value) return string.format('%.17g', value) end
local function conversation(id) return P .. 'c:' .. id end
local function keep(key) redis.call('PEXPIRE', key, number(math.ceil(idle * GRACE))) end

-- The id a name means now, and whether it is alive.
local function find(id)
  for _ = 1, 100 do
    local of = redis.call('HGET', conversation(id), 'of')
    if not of then break end
    id = of
  end
  local seen = tonumber(redis.call('HGET', conversation(id), 'seen') or nil)
  return id, seen ~= nil and now - seen < idle
end

local function see(id)
  local seen = tonumber(redis.call('HGET', conversation(id), 'seen') or nil)
  redis.call('HSET', conversation(id), 'seen', number(math.max(now, seen or now)))
  keep(conversation(id))
  if redis.call('EXISTS', P .. 'h:' .. id) == 1 then keep(P .. 'h:' .. id) end
end

local function forget(id) redis.call('DEL', P .. 'h:' .. id) redis.call('HDEL', conversation(id), 'length', 'lost') end

-- A conversation that begins has none of what went by its name before: its turns bear its number.
local function begin(id)
  forget(id)
  redis.call('DEL', conversation(id))
  redis.call('HSET', conversation(id), 'seen', number(now), 'born', redis.call('INCR', P .. 'n'))
  keep(P .. 'n')
  keep(conversation(id))
end

-- The conversation a turn is of, where that is alive and the same that it was made in.
local function home(turn)
  local is = redis.call('HMGET', P .. 't:' .. turn, 'in', 'born')
  if not is[1] then return nil end
  local id, born = is[1], is[2]
  local has = redis.call('HMGET', conversation(id), 'seen', 'born')
  if not has[1] or has[2] ~= born or now - tonumber(has[1]) >= idle then return nil end
  return id
end

local function lead(mark, turn, isFree)
  local key = P .. 'm:' .. mark
  local place = redis.call('INCR', P .. 'n')
  keep(P .. 'n')
  redis.call('ZADD', key, place, turn)
  if isFree then redis.call('ZADD', key .. ':free', place, turn) keep(key .. ':free') end
  if redis.call('ZCARD', key) > MOST_TURNS then
    for _, old in ipairs(redis.call('ZRANGE', key, 0, 99)) do
      redis.call('ZREM', key, old)
      redis.call('ZREM', key .. ':free', old)
    end
  end
  keep(key)
end

local function drop(mark, turn)
  redis.call('ZREM', P .. 'm:' .. mark, turn)
  redis.call('ZREM', P .. 'm:' .. mark .. ':free', turn)
end

-- The newest turn a mark leads to, and its conversation; 'several' where it leads to more than one.
local function only(mark)
  local key, from, found, id = P .. 'm:' .. mark, 0, nil, nil
  while true do
    local turns = redis.call('ZREVRANGE', key, from, from + 31)
    if #turns == 0 then return found, id end
    for _, turn in ipairs(turns) do
      local at = home(turn)
      if not at then drop(mark, turn)
      else
        from = from + 1
        if not found then found, id = turn, at elseif id ~= at then return 'several' end
      end
    end
  end
end

local function take(mark)
  local key = P .. 'm:' .. mark .. ':free'
  while true do
    local turn = redis.call('ZREVRANGE', key, 0, 0)[1]
    if not turn then return nil end
    redis.call('ZREM', key, turn)
    local id = home(turn)
    if not id then redis.call('ZREM', P .. 'm:' .. mark, turn)
    elseif redis.call('HSETNX', P .. 't:' .. turn, 'taken', '1') == 1 then return turn, id end
  end
end

-- The newest turn of one conversation.
local function newest(mark, id)
  for _, turn in ipairs(redis.call('ZREVRANGE', P .. 'm:' .. mark, 0, -1)) do
    if home(turn) == id then return turn end
  end
end

local function factsOf(turn) return redis.call('HGET', P .. 't:' .. turn, 'facts') or '' end
`;

/** Gives turns to another conversation. */
export const MOVE = `
local function move(turn, to)
  local born = redis.call('HGET', conversation(to), 'born')
  if redis.call('EXISTS', P .. 't:' .. turn) == 0 then return end
  redis.call('HSET', P .. 't:' .. turn, 'in', to, 'born', born)
  redis.call('RPUSH', P .. 'l:' .. to .. ':' .. born, turn)
  keep(P .. 'l:' .. to .. ':' .. born)
end
local function turnsOf(id) return P .. 'l:' .. id .. ':' .. redis.call('HGET', conversation(id), 'born') end`;
