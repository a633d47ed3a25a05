// One denial of a scenario: what caused it, who had to act on it, and when each did.

import type { AgentState } from '../../agent-state.ts';

export type DenialKind = 'quarantine' | 'bad_score' | 'stale' | 'revocation';

export interface Denial<Name extends string> {
  readonly kind: DenialKind;
  readonly victim: Name;
  /** The state of the victim's agent when the denial came. */
  readonly state: AgentState;
  readonly arrivedMs: number;
  /** Index of the denial in the controller's log. */
  readonly index: number;
  /** When the controller denied the node, according to its log. */
  readonly deniedMs: number;
  /**
   * The nodes whose agents were running and in contact with the controller, with the time at which they had
   * removed the victim.
   */
  readonly removedMs: ReadonlyMap<Name, number | undefined>;
  /** Nodes that were in the mesh and lost their tunnel to the victim by a removal at one of the two ends. */
  readonly peers: readonly Name[];
  /** The nodes where `wg` still shows the victim after all agents have reported its removal. */
  readonly stillOn: readonly Name[];
  /**
   * How long the programs waited for a core on the way from the cause to the removal: the controller, and
   * that of the removing agents that waited longest.
   */
  readonly waitedMs: number;
  /** The same for the controller alone, until it denied the node. */
  readonly controllerWaitedMs: number;
  /** Just before the victim was let in again. */
  readonly endedMs: number;
}
