/** What several processes share, kept in Redis: limits, conversations, and small facts. */
export type { RedisClient, RedisConnection, ScriptCall } from './redis/client.ts';
export { redisAnswerCache } from './redis/answer-cache.ts';
export { connectRedis } from './redis/connect.ts';
export type { RedisConnectionOptions } from './redis/connect.ts';
export { redisLiveCounters } from './redis/live-counters.ts';
export { redisNonceStore } from './redis/nonce-store.ts';
export { redisQuota } from './redis/quota.ts';
export type { RedisQuotaOptions } from './redis/quota.ts';
export { redisSessionStore } from './redis/session-store.ts';
export { redisStore } from './redis/store.ts';
export type { RedisUse } from './redis/use.ts';
