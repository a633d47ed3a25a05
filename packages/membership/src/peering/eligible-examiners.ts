// Who may be drawn as an examiner of the nodes of a class: admitted nodes of classes that may examine, which
// are peers of that class and have not lost the role.

import { canonicalJson, type NodeId, portableSha256, sha256Hex, utf8 } from '@mesh/primitives';
import { canExamine, type Policy } from '@mesh/scoring';
import type { ExaminerList } from '../events/exams.ts';
import type { MeshView } from '../state/mesh-view.ts';
import type { NodeRecord } from '../state/records.ts';

/** Collects the list of each class once. */
export class EligibleExaminers {
  readonly #view: MeshView;
  readonly #policy: Policy;
  readonly #arePeers: (oneClass: string, otherClass: string) => boolean;
  readonly #lists = new Map<string, ExaminerList>();

  constructor(view: MeshView, policy: Policy, arePeers: (oneClass: string, otherClass: string) => boolean) {
    this.#view = view;
    this.#policy = policy;
    this.#arePeers = arePeers;
  }

  /** One who examines others of its own class is in the list too: it is left out of its own exam. */
  of(className: string): ExaminerList {
    let list = this.#lists.get(className);
    if (list === undefined) {
      list = this.#collect(className);
      this.#lists.set(className, list);
    }
    return list;
  }

  #collect(className: string): ExaminerList {
    const ids: NodeId[] = [];
    for (const node of this.#view.nodes())
      if (isEligibleExaminer(this.#view, this.#policy, node) && this.#arePeers(className, node.class))
        ids.push(node.nodeId);
    ids.sort();
    return { ids, sha256: sha256Hex(portableSha256(utf8(canonicalJson(ids)))) };
  }
}

/** Whether the node may examine anybody. */
export function isEligibleExaminer(
  view: MeshView,
  policy: Policy,
  { nodeId, class: className, membership }: Pick<NodeRecord, 'nodeId' | 'class' | 'membership'>,
): boolean {
  if (membership !== 'admitted' || !canExamine(policy, className)) return false;
  return view.exams().examiner(nodeId)?.suspendedBy === undefined;
}
