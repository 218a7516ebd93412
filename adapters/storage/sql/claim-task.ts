import type { TaskClaim } from 'nexusai-hub/ports';
import { sql } from 'kysely';
import type { LedgerDatabase } from './dialect.ts';

/** Gives a task to whoever claims it, unless another has it and its time is not over. */
export async function claimTask(db: LedgerDatabase, { task, owner, nowMs, untilMs }: TaskClaim): Promise<boolean> {
  const given = await db
    .insertInto('ledger_tasks')
    .values({ task, owner, until_ms: untilMs })
    .onConflict((conflict) =>
      conflict
        .column('task')
        .doUpdateSet({ owner, until_ms: untilMs })
        .where(sql<boolean>`ledger_tasks.owner = ${owner} or ledger_tasks.until_ms <= ${nowMs}`),
    )
    .returning('task')
    .execute();
  return given.length === 1;
}
