// Which pairs have a probation tunnel: a node that is examined although it is not admitted, and each of its
// examiners. The exam of a node that is admitted goes through its ordinary tunnels. Pure.

import type { MeshView } from '../state/mesh-view.ts';
import type { EpochRecord, NodeRecord } from '../state/records.ts';
import { type ExamPair, examPairs } from './exam-pairs.ts';
import type { MembershipIndex } from './membership-index.ts';

/** One end's view of a probation tunnel. */
export interface ProbationPeer {
  readonly peer: NodeRecord;
  /** Which of both ends is examined: the node, or this peer. */
  readonly examined: 'self' | 'peer';
  /** Of the examined end's service: nothing else may pass. */
  readonly port: number;
}

export interface ProbationInput {
  readonly view: Pick<MeshView, 'exams' | 'node'>;
  readonly members: Pick<MembershipIndex, 'isIn' | 'arePeers' | 'cutReason'>;
  /** Wall clock: an exam whose time is over gives no tunnel, even if it could not be closed. */
  readonly nowMs: number;
}

export function probationPeersOf(input: ProbationInput, node: NodeRecord): ProbationPeer[] {
  const peers: ProbationPeer[] = [];
  for (const pair of examPairs(input.view, node.nodeId)) {
    const examined = pair.examined === node.nodeId ? 'self' : 'peer';
    const peer = input.view.node(examined === 'self' ? pair.examiner : pair.examined);
    if (peer === undefined) continue;
    const [examinedNode, examiner] = examined === 'self' ? [node, peer] : [peer, node];
    if (!hasTunnel(input, pair, examinedNode, examiner)) continue;
    peers.push({ peer, examined, port: pair.port });
  }
  return peers;
}

function hasTunnel(
  { members, nowMs }: ProbationInput,
  { untilMs }: ExamPair,
  examined: NodeRecord,
  examiner: NodeRecord,
): boolean {
  if (nowMs >= untilMs || examined.status !== 'active' || examined.left) return false;
  // As long as its denial is not on disk, it is on its way out and gets nothing new.
  if (members.isIn(examined) || members.cutReason(examined.nodeId) !== undefined) return false;
  return members.isIn(examiner) && members.arePeers(examiner, examined);
}

/** Whether the pair has a key in an epoch: its examiner must have been in when the epoch began. */
export function haveProbationKeys(
  node: NodeRecord,
  { peer, examined }: ProbationPeer,
  epoch: EpochRecord,
): boolean {
  const { admittedSince } = examined === 'self' ? peer : node;
  return admittedSince !== undefined && admittedSince <= epoch.epochId;
}
