// Every place in the database with bytes that are sealed under the master key, and for what they are sealed.

import { SealedFor } from '../trust/at-rest-sealer.ts';

export interface SealedColumn {
  readonly table: string;
  readonly column: string;
  readonly purpose: string;
  /** An SQL expression of a row: what its bytes belong to. */
  readonly subject: string;
}

export const sealedColumns: readonly SealedColumn[] = [
  { table: 'sealed_secrets', column: 'sealed', purpose: SealedFor.controllerKey, subject: 'name' },
  {
    table: 'log_detail_batches',
    column: 'sealed',
    purpose: SealedFor.detailBatch,
    subject: "first_index || '-' || last_index",
  },
  { table: 'log_details', column: 'sealed', purpose: SealedFor.details, subject: 'log_index' },
  { table: 'nodes', column: 'latest', purpose: SealedFor.latestBenchmark, subject: 'node_id' },
  { table: 'configs_told', column: 'sealed', purpose: SealedFor.told, subject: 'log_index' },
  {
    table: 'newest_messages',
    column: 'sealed',
    purpose: SealedFor.newestMessage,
    subject: "node_id || ' ' || log_index",
  },
  { table: 'exam_pools', column: 'sealed', purpose: SealedFor.examPool, subject: 'root' },
  { table: 'exams', column: 'sealed', purpose: SealedFor.exam, subject: 'exam_id' },
  { table: 'node_exams', column: 'sealed', purpose: SealedFor.nodeExams, subject: 'node_id' },
];
