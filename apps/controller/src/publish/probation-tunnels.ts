// Follows the probation tunnels: tells both ends when one came, went or changed. What a config says of them
// is found anew for each answer, so that an answer never names one that is over.

import {
  examPairs,
  type MembershipIndex,
  type MeshEvent,
  type MeshView,
  type NodeRecord,
  type ProbationPeer,
  probationPeersOf,
} from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { ExamRule } from '@mesh/scoring';
import type { Publication } from './publication.ts';

export interface ProbationTunnelsOptions {
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly publication: Pick<Publication, 'refresh' | 'onCut'>;
  /** What the policy in force says of exams; undefined: nothing, and nobody has a tunnel. */
  readonly rule: () => ExamRule | undefined;
  readonly nowMs: () => number;
}

type End = ProbationPeer['examined'];

const NOBODY: ReadonlyMap<NodeId, End> = new Map();

/** What changes an end of a tunnel for the other one. */
const CHANGES_AN_END: ReadonlySet<MeshEvent['type']> = new Set([
  'endpoint_reported',
  'wg_keys_changed',
  'node_class_changed',
]);
/** After these, tunnels of anybody may have come or gone. */
const CONCERNS_ALL: ReadonlySet<MeshEvent['type']> = new Set(['epoch_opened', 'policy_applied']);

export class ProbationTunnels {
  readonly #options: ProbationTunnelsOptions;
  /** The tunnels that both ends have been told of: by node, the other ends, and which end is examined. */
  readonly #told = new Map<NodeId, Map<NodeId, End>>();

  constructor(options: ProbationTunnelsOptions) {
    this.#options = options;
    for (const nodeId of this.#examined()) this.#note(nodeId, this.#now(nodeId));
    options.publication.onCut(({ nodeId }) => this.#look(nodeId));
  }

  /** Those of a node, as either end, now. */
  peersOf(node: NodeRecord): ProbationPeer[] {
    const { view, members, rule, nowMs } = this.#options;
    return rule() === undefined ? [] : probationPeersOf({ view, members, nowMs: nowMs() }, node);
  }

  /** Call it after each commit, once the index of members shows it. */
  onCommit(events: readonly MeshEvent[]): void {
    for (const event of events) {
      if (CONCERNS_ALL.has(event.type))
        for (const nodeId of new Set([...this.#told.keys(), ...this.#examined()])) this.#look(nodeId);
      else for (const nodeId of namedBy(event)) this.#look(nodeId, CHANGES_AN_END.has(event.type));
    }
  }

  #look(nodeId: NodeId, hasChanged = false): void {
    const before = this.#told.get(nodeId) ?? NOBODY;
    const now = this.#now(nodeId);
    if (before.size === 0 && now.size === 0) return;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (other) => hasChanged || before.get(other) !== now.get(other),
    );
    const ends = changed.map((other) => ({ other, end: now.get(other) ?? before.get(other) }));
    this.#note(nodeId, now);
    for (const { other, end } of ends) {
      if (end === 'self') this.#tell(other, nodeId);
      else this.#tell(nodeId, other);
    }
  }

  /** The examined node gets its whole config, which is short. Its examiner gets a difference. */
  #tell(examiner: NodeId, examined: NodeId): void {
    const { publication, view, members } = this.#options;
    publication.refresh(examiner, 'exams', examined);
    const node = view.node(examined);
    if (node !== undefined && !members.isIn(node)) publication.refresh(examined);
  }

  #note(nodeId: NodeId, now: ReadonlyMap<NodeId, End>): void {
    for (const other of this.#told.get(nodeId)?.keys() ?? []) this.#forget(other, nodeId);
    this.#told.delete(nodeId);
    if (now.size === 0) return;
    this.#told.set(nodeId, new Map(now));
    for (const [other, end] of now) {
      const theirs = this.#told.get(other) ?? new Map<NodeId, End>();
      this.#told.set(other, theirs.set(nodeId, end === 'self' ? 'peer' : 'self'));
    }
  }

  #forget(nodeId: NodeId, other: NodeId): void {
    const theirs = this.#told.get(nodeId);
    theirs?.delete(other);
    if (theirs?.size === 0) this.#told.delete(nodeId);
  }

  #now(nodeId: NodeId): ReadonlyMap<NodeId, End> {
    const node = this.#options.view.node(nodeId);
    if (node === undefined) return NOBODY;
    return new Map(this.peersOf(node).map(({ peer, examined }) => [peer.nodeId, examined]));
  }

  *#examined(): Iterable<NodeId> {
    for (const { examined } of examPairs(this.#options.view)) yield examined;
  }
}

function namedBy(event: MeshEvent): readonly NodeId[] {
  if (event.type === 'exam_drawn') return [event.exam.nodeId];
  if (event.type === 'exam_result') return [event.examiner];
  return 'nodeId' in event && event.nodeId !== undefined ? [event.nodeId] : [];
}
