// The program of the thread that makes a backup: one order, reports, and one result.

import { parentPort, workerData } from 'node:worker_threads';
import { type BackupOrder, type BackupStep, type MadeBackup, makeBackup } from './backup-work.ts';

export type BackupReport =
  | { readonly kind: 'progress'; readonly step: BackupStep; readonly done: number; readonly total: number }
  | { readonly kind: 'made'; readonly made: MadeBackup };

const say = (report: BackupReport): void => parentPort?.postMessage(report);

const made = await makeBackup(workerData as BackupOrder, (step, done, total) =>
  say({ kind: 'progress', step, done, total }),
);
say({ kind: 'made', made });
