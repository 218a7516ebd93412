/** For a Redis that is there: who has other work may see later than in half a second that it has taken the connection. */
export const PATIENT = { connectTimeoutMs: 10_000 } as const;
