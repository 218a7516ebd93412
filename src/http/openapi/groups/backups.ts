import { z } from 'zod';
import { listNamed, named } from '../components.ts';
import type { Operations } from '../operation.ts';
import { PAGE } from '../parameters.ts';

const { strictObject, literal, string, number, boolean } = z;

const backup = named(
  'Backup',
  strictObject({
    object: literal('backup'),
    id: string(),
    database: string(),
    schema_version: number(),
    created_at: number(),
    bytes: number(),
    sha256: string(),
    verified: boolean(),
    verified_at: number(),
    problem: string().nullable(),
  }),
);

/** Copies of the database. */
export const BACKUPS: Operations = {
  'GET /backups': {
    id: 'listBackups',
    summary: 'List copies of the database',
    query: PAGE,
    answer: { json: listNamed('BackupList', backup) },
  },
  'POST /backups': { id: 'createBackup', summary: 'Copy the database now', answer: { json: backup } },
  'POST /backups/*': {
    id: 'verifyBackup',
    summary: 'Read a copy again',
    path: '/backups/{id}/verify',
    answer: { json: backup },
  },
};
