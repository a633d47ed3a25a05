// GET /v1/examiners and POST /v1/examiners/{node_id}/restore: of the administration.

import { type CommandContext, isEligibleExaminer, type MeshView, restoreExaminer } from '@mesh/membership';
import { formatRfc3339, parseNodeId } from '@mesh/primitives';
import { type ExaminerSummary, reasonRequest } from '@mesh/protocol';
import { canExamine } from '@mesh/scoring';
import type { Handler } from 'hono';
import type { Judge } from '../../judge/judge.ts';
import type { AdminEnv } from '../gate/admin-caller.ts';
import { readMessage } from '../receive/read-message.ts';

export interface ExaminerPorts {
  readonly view: MeshView;
  readonly journal: { context(): CommandContext };
  readonly judge: Judge;
}

/** Those of classes that examine, and those that were outvoted. */
export function examinersRoute(ports: ExaminerPorts): Handler {
  return (context) => {
    const { view, journal } = ports;
    const { policy } = journal.context();
    const may = [...view.nodes()].filter(
      (node) => node.membership === 'admitted' && canExamine(policy, node.class),
    );
    const names = new Set<string>([
      ...may.map(({ nodeId }) => nodeId),
      ...[...view.exams().examiners()].map(({ nodeId }) => nodeId),
    ]);
    return context.json({ examiners: [...names].sort().map((nodeId) => summaryOf(ports, nodeId)) });
  };
}

export function restoreExaminerRoute(ports: ExaminerPorts): Handler<AdminEnv> {
  return async (context) => {
    const { message } = await readMessage(context, reasonRequest);
    const nodeId = context.req.param('node_id') ?? '';
    const { actor } = context.get('caller');
    await ports.judge.run(restoreExaminer({ nodeId, why: message.reason, actor }));
    return context.json(summaryOf(ports, nodeId));
  };
}

function summaryOf({ view, journal }: ExaminerPorts, nodeId: string): ExaminerSummary {
  const node = view.node(nodeId);
  const record = view.exams().examiner(nodeId);
  const suspended = record?.suspendedBy;
  return {
    node_id: parseNodeId(nodeId),
    class: node?.class ?? '',
    eligible: node !== undefined && isEligibleExaminer(view, journal.context().policy, node),
    suspended_at: suspended === undefined ? null : formatRfc3339(suspended.atMs),
    outvoted_in: (record?.outvotes ?? []).map(({ examId }) => examId),
  };
}
