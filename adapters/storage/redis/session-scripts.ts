import { type Script, scriptOf } from './scripts.ts';
import { MOVE, SHARED } from './session-lua.ts';

/**
 * ARGV: id, `1` where it was named, what was asked (empty: nothing), how many tips, the tips, then for each group of tails
 * how many marks, and the marks. Returns id, `1` where it is new, by what, place, facts of the turn (empty: none).
 */
export const OPEN: Script = scriptOf(
  SHARED,
  `
local name, isNamed, asked, count = ARGV[3], ARGV[4] == '1', ARGV[5], tonumber(ARGV[6])
if isNamed then
  local id, isAlive = find(name)
  if not isAlive then
    begin(name)
    return { name, 1, 'name', 0, '' }
  end
  see(id)
  for place = 1, count do
    local turn = newest(ARGV[6 + place], id)
    if turn then
      redis.call('HSET', P .. 't:' .. turn, 'taken', '1')
      return { id, 0, 'name', place - 1, factsOf(turn) }
    end
  end
  return { id, 0, 'name', 0, '' }
end

for place = 1, count do
  local tip = ARGV[6 + place]
  local by = 'tip'
  local turn, id = take(tip)
  if not turn then
    local leads, at = only(tip)
    if leads then
      by = 'none'
      if asked ~= '' then
        turn, id = only(asked)
        if turn == 'several' then turn = nil end
        if turn then by = 'asked' end
      end
      if not turn and leads ~= 'several' then turn, id, by = leads, at, 'branch' end
      if not turn then break end
    end
  end
  if turn then
    see(id)
    if asked ~= '' and by ~= 'asked' then lead(asked, turn, false) end
    return { id, 0, by, place - 1, factsOf(turn) }
  end
end

local at, place = 7 + count, 0
while at <= #ARGV do
  local size, found = tonumber(ARGV[at]), nil
  for mark = at + 1, at + size do
    local turn, id = only(ARGV[mark])
    if not turn or turn == 'several' or (found and found ~= id) then
      found = nil
      break
    end
    found = id
  end
  if found then
    see(found)
    return { found, 0, 'tail', place, '' }
  end
  at, place = at + size + 1, place + 1
end

begin(name)
return { name, 1, 'nothing', 0, '' }`,
);

/**
 * ARGV: id, facts, how many tips, tips, how many tails, tails; then, where messages are kept: how many stay (empty: all),
 * the most characters, the messages' characters, and the messages.
 */
export const APPEND: Script = scriptOf(
  SHARED,
  `
local id, isAlive = find(ARGV[3])
if not isAlive then return 0 end
local born = redis.call('HGET', conversation(id), 'born')
local turn = redis.call('INCR', P .. 'n')
local key = P .. 't:' .. turn
redis.call('HSET', key, 'in', id, 'born', born, 'facts', ARGV[4])
keep(key)
redis.call('RPUSH', P .. 'l:' .. id .. ':' .. born, turn)
keep(P .. 'l:' .. id .. ':' .. born)
local at = 5
for place = 1, tonumber(ARGV[at]) do lead(ARGV[at + place], turn, true) end
at = at + tonumber(ARGV[at]) + 1
for place = 1, tonumber(ARGV[at]) do lead(ARGV[at + place], turn, false) end
at = at + tonumber(ARGV[at]) + 1
if not ARGV[at] then return 1 end

local stays, most, added = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
local messages = P .. 'h:' .. id
if stays ~= '0' and redis.call('HGET', conversation(id), 'lost') then return 1 end
redis.call('HDEL', conversation(id), 'lost')
local length = tonumber(redis.call('HGET', conversation(id), 'length') or '0')
if stays ~= '' then
  local gone = redis.call('LRANGE', messages, tonumber(stays), -1)
  for _, message in ipairs(gone) do
    length = length - tonumber(string.match(message, '^(%d+) '))
    redis.call('RPOP', messages)
  end
end
if length + added > most then
  forget(id)
  redis.call('HSET', conversation(id), 'lost', '1')
  return 1
end
for place = at + 3, #ARGV do redis.call('RPUSH', messages, ARGV[place]) end
redis.call('HSET', conversation(id), 'length', length + added)
keep(messages)
return 1`,
);

/** ARGV: id, tip, facts with the tokens. The facts before them say which turn is meant. */
export const COUNT: Script = scriptOf(
  SHARED,
  `
local id = find(ARGV[3])
local turn = newest(ARGV[4], id)
if not turn then return 0 end
local facts = string.gsub(factsOf(turn), '^[^ ]*', ARGV[5], 1)
redis.call('HSET', P .. 't:' .. turn, 'facts', facts)
return 1`,
);

/** ARGV: id. Returns the messages, `lost`, or nothing. */
export const HISTORY: Script = scriptOf(
  SHARED,
  `
local id, isAlive = find(ARGV[3])
if not isAlive then return false end
if redis.call('HGET', conversation(id), 'lost') then return 'lost' end
local messages = redis.call('LRANGE', P .. 'h:' .. id, 0, -1)
if #messages == 0 then return false end
return messages`,
);

/** ARGV: id. */
export const END: Script = scriptOf(
  SHARED,
  `
local id, isAlive = find(ARGV[3])
if not isAlive then return 0 end
forget(id)
redis.call('DEL', conversation(id), P .. 'l:' .. id .. ':' .. redis.call('HGET', conversation(id), 'born'))
return 1`,
);

/** ARGV: id, the other's id. */
export const MERGE: Script = scriptOf(
  SHARED,
  MOVE,
  `
local into, isAlive = find(ARGV[3])
local from, isOther = find(ARGV[4])
if not isAlive or not isOther or into == from then return 0 end
for _, turn in ipairs(redis.call('LRANGE', turnsOf(from), 0, -1)) do move(turn, into) end
local seen = redis.call('HGET', conversation(from), 'seen')
local own = redis.call('HGET', conversation(into), 'seen')
redis.call('HSET', conversation(into), 'seen', number(math.max(tonumber(own), tonumber(seen))))
redis.call('DEL', turnsOf(from))
forget(from)
forget(into)
redis.call('DEL', conversation(from))
redis.call('HSET', conversation(from), 'of', into)
keep(conversation(from))
return 1`,
);

/** ARGV: id, number of messages, id of the new one. */
export const SPLIT: Script = scriptOf(
  SHARED,
  MOVE,
  `
local id, isAlive = find(ARGV[3])
local to, isOther = find(ARGV[5])
local at = tonumber(ARGV[4])
if not isAlive or isOther then return 0 end
begin(to)
redis.call('HSET', conversation(to), 'seen', redis.call('HGET', conversation(id), 'seen'))
local turns = turnsOf(id)
for _, turn in ipairs(redis.call('LRANGE', turns, 0, -1)) do
  if tonumber(string.match(factsOf(turn), '^[^ ]* (%d+) ') or '0') > at then
    redis.call('LREM', turns, 0, turn)
    move(turn, to)
  end
end
local messages, length, new = P .. 'h:' .. id, 0, 0
local all = redis.call('LRANGE', messages, 0, -1)
if #all <= at then return 1 end
for place, message in ipairs(all) do
  local size = tonumber(string.match(message, '^(%d+) '))
  redis.call('RPUSH', P .. 'h:' .. to, message)
  new = new + size
  if place <= at then length = length + size end
end
if at == 0 then redis.call('DEL', messages) else redis.call('LTRIM', messages, 0, at - 1) end
redis.call('HSET', conversation(id), 'length', length)
redis.call('HSET', conversation(to), 'length', new)
keep(P .. 'h:' .. to)
return 1`,
);
