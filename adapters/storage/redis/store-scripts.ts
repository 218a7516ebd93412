import { NOW } from './lua.ts';
import { type Script, scriptOf } from './scripts.ts';

/** KEYS: the facts of a folder, and when those that end do so. What has ended goes first, each time. */
const PURGED = `
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HDEL', KEYS[1], name)
  redis.call('ZREM', KEYS[2], name)
end`;

/** ARGV: the name. Returns its value. */
export const GET: Script = scriptOf(NOW, PURGED, `return redis.call('HGET', KEYS[1], ARGV[1])`);

/** Returns names and values in turn. */
export const LIST: Script = scriptOf(NOW, PURGED, `return redis.call('HGETALL', KEYS[1])`);

/** ARGV: name, value, milliseconds until its end (empty: none). */
export const SET: Script = scriptOf(
  NOW,
  PURGED,
  `
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[3] == '' then return redis.call('ZREM', KEYS[2], ARGV[1]) end
return redis.call('ZADD', KEYS[2], string.format('%.17g', now + ARGV[3] * 1000), ARGV[1])`,
);

/** ARGV: the name. */
export const DELETE: Script = scriptOf(`
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('HDEL', KEYS[1], ARGV[1])`);
