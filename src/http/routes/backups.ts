import type { Backup } from '../../data/backup-folder.ts';
import { NexusError } from '../../errors.ts';
import { answerJson } from '../answer-json.ts';
import { pageOf } from '../page.ts';
import type { Run } from './route.ts';

/** `GET /backups`: those there are. In the order of their names, which is that of time. */
export const listBackups: Run = async (exchange, { gateway, actor, requestId }) => {
  const backups = gateway.backupsFor(actor);
  const all = [...(await backups.list())].reverse();
  answerJson(exchange, pageOf(all.map(bodyOf), exchange.query), requestId);
};

/** `POST /backups`: makes one, and answers when it was checked and is on the disk. It goes on when nobody waits. */
export const createBackup: Run = async (exchange, { gateway, actor, requestId }) => {
  const backups = gateway.backupsFor(actor);
  answerJson(exchange, bodyOf(await backups.create()), requestId);
};

/** `POST /backups/{name}/verify`: reads all of one again. */
export const verifyBackup: Run = async (exchange, { gateway, actor, requestId }) => {
  const backups = gateway.backupsFor(actor);
  const [, name = ''] = /^\/backups\/([^/]+)\/verify$/.exec(exchange.path) ?? [];
  if (name === '') throw new NexusError('path_unknown', 'Backups are checked by POST /backups/{name}/verify.');
  // Names have no letters that would have to be encoded; what is not one of them is none.
  answerJson(exchange, bodyOf(await backups.verify(name)), requestId);
};

/** A backup as the API shows it; times as OpenAI has them, in Unix seconds. */
interface BackupBody {
  readonly object: 'backup';
  readonly id: string;
  readonly database: string;
  readonly schema_version: number;
  readonly created_at: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Whether it was found to be right when it was last read. */
  readonly verified: boolean;
  /** When it was last found to be right. */
  readonly verified_at: number;
  readonly problem: string | null;
}

function bodyOf({
  name,
  database,
  schemaVersion,
  createdAtMs,
  bytes,
  sha256,
  verifiedAtMs,
  problem,
}: Backup): BackupBody {
  return {
    object: 'backup',
    id: name,
    database,
    schema_version: schemaVersion,
    created_at: Math.floor(createdAtMs / 1000),
    bytes,
    sha256,
    verified: problem === null,
    verified_at: Math.floor(verifiedAtMs / 1000),
    problem,
  };
}
