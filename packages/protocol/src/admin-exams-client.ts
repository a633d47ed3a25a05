// The operator's requests about pools, exams and examiners.

import { answered, type ClientOptions, call } from './call.ts';
import {
  examinerList,
  examinerSummary,
  examList,
  examSummary,
  type LoadPoolRequest,
  openedItems,
  poolList,
  poolSummary,
} from './messages/exam-admin.ts';
import { proofAnswer } from './messages/log.ts';
import type { PageQuery } from './operations/operation.ts';
import { withQuery } from './query-parameters.ts';
import { pathOf, type RouteName } from './routes.ts';

/**
 * Calls reject like those of `createAdminClient`, whose part they are, and with ExamIdError for the id of an
 * exam or of a pool that is none.
 */
export function examCalls(options: ClientOptions) {
  const get = (route: RouteName, id?: string) => ({ method: 'GET', path: pathOf(route, id) }) as const;
  const post = (route: RouteName, body: object, id?: string) =>
    ({ method: 'POST', path: pathOf(route, id), body }) as const;
  return {
    loadPool: (body: LoadPoolRequest) => answered(call(options, post('examPools', body), poolSummary)),
    pools: () => answered(call(options, get('examPools'), poolList)),
    withdrawPool: async (pool: string, reason: string) =>
      answered(call(options, post('withdrawPool', { reason }, pool), poolSummary)),
    /** The open ones and the newest closed ones; with a `limit` a page of all. */
    exams: (page: PageQuery = {}) =>
      answered(call(options, { method: 'GET', path: withQuery(pathOf('exams'), page) }, examList)),
    exam: async (examId: string) => answered(call(options, get('exam', examId), examSummary)),
    /** The text of a file that proves the exam without the controller. */
    examProof: async (examId: string): Promise<string> =>
      (await answered(call(options, get('proveExam', examId), proofAnswer))).file,
    /** The retired items of a pool, with their proofs. */
    openedItems: async (pool: string) => answered(call(options, get('openedItems', pool), openedItems)),
    examiners: () => answered(call(options, get('examiners'), examinerList)),
    restoreExaminer: async (nodeId: string, reason: string) =>
      answered(call(options, post('restoreExaminer', { reason }, nodeId), examinerSummary)),
  };
}
