// Moves the tunnels of one node to slot b and back, with rotation in place, so that the node can replace its
// WireGuard key of slot a without a lost packet. Both ends of a pair take packets on either slot for as long
// as the move lasts, and each sends on slot b as soon as it has a session there. The key may be replaced when
// both ends of every pair that may work have reported that they send on slot b. Moves are kept in memory
// only: an agent whose config says nothing of a move goes back to slot a by itself.

import type { Clock, Timers } from '@mesh/host';
import type { AppliedReport, AppliedReports, MembershipIndex, MeshView, NodeRecord } from '@mesh/membership';
import type { NodeId } from '@mesh/primitives';
import type { UseOfSlotB } from '@mesh/protocol';
import { type InterfaceSlot, SESSION_LIFETIME_MS } from '@mesh/wg';
import type { Presence } from './presence.ts';

/** What a node that asks for a move is told. */
export type MoveAnswer =
  /** Both ends of all pairs send on slot b. */
  | { readonly kind: 'moved' }
  /** It goes on: ask again. */
  | { readonly kind: 'under_way' }
  /** These nodes cannot, or did not in time. */
  | { readonly kind: 'impossible' | 'stuck'; readonly nodeIds: readonly NodeId[] };

interface Move {
  /** Whether pairs are to send on slot b, or to go back. */
  readonly phase: 'away' | 'back';
  readonly sinceMs: number;
  /** When the node last asked. */
  readonly askedAtMs: number;
}

export interface SlotMovesPorts {
  readonly view: MeshView;
  readonly members: Pick<MembershipIndex, 'isIn' | 'peersOf'>;
  readonly applied: Pick<AppliedReports, 'of'>;
  readonly presence: Pick<Presence, 'lastSeenMs'>;
  /** A node that was not heard for so long has no tunnels. */
  readonly leaseMs: number;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly timers: Timers;
  /** Called when the pairs of this node are to use their slots in another way. */
  readonly changed: (node: NodeRecord) => void;
}

/** Handshakes are lost now and then, and repeated after five seconds. */
const STUCK_AFTER_MS = 60_000;
/** Agents ask again every two seconds. */
const ABANDONED_AFTER_MS = 20_000;
/** Agents report at least every half minute. */
const BACK_WITHIN_MS = 300_000;
const LOOK_EVERY_MS = 1_000;
/** Each move costs every peer of the node an interface for a while. */
const RESTS_MS = 60_000;

export class SlotMoves {
  readonly #ports: SlotMovesPorts;
  readonly #moves = new Map<NodeId, Move>();
  /** The nodes whose agents understand moves, by their last query. */
  readonly #able = new Set<NodeId>();
  /** Until when a node may not begin another move. */
  readonly #restsUntilMs = new Map<NodeId, number>();
  #cancel: (() => void) | undefined;

  constructor(ports: SlotMovesPorts) {
    this.#ports = ports;
  }

  /** Call it with each config query. */
  noteAbility(nodeId: NodeId, isAble: boolean): void {
    if (isAble) this.#able.add(nodeId);
    else this.#able.delete(nodeId);
  }

  /** How the two ends of a pair use slot b; undefined if they do not. */
  between(one: NodeRecord, other: NodeRecord): UseOfSlotB | undefined {
    if (this.#moves.size === 0) return undefined;
    const phases = [one, other].map(({ nodeId }) => this.#moves.get(nodeId)?.phase);
    if (phases.includes('away')) return 'send';
    return phases.includes('back') ? 'receive' : undefined;
  }

  /** The slots that may carry tunnels of this node. */
  carrying({ nodeId }: NodeRecord): ReadonlySet<InterfaceSlot> {
    if (this.#moves.size === 0) return new Set(['a']);
    const node = this.#ports.view.node(nodeId);
    const isMoved =
      node !== undefined && this.#phaseOf(nodeId) === 'away' && this.#waiting(node).length === 0;
    return new Set(isMoved ? ['b'] : ['a', 'b']);
  }

  /** Begins to move the tunnels of a node that is in, or goes on with it. */
  ask(node: NodeRecord): MoveAnswer {
    const nowMs = this.#ports.clock.nowMs();
    const { nodeId } = node;
    const known = this.#moves.get(nodeId);
    if (known?.phase === 'back' || nowMs < (this.#restsUntilMs.get(nodeId) ?? 0))
      return { kind: 'under_way' };
    const unable = [node, ...this.#livePeers(node)].filter((each) => !this.#canUseSlotB(each));
    if (unable.length > 0) {
      if (known !== undefined) this.#turnBack(node);
      return { kind: 'impossible', nodeIds: unable.map((each) => each.nodeId) };
    }
    const sinceMs = known?.sinceMs ?? nowMs;
    this.#moves.set(nodeId, { phase: 'away', sinceMs, askedAtMs: nowMs });
    if (known === undefined) {
      this.#lookLater();
      this.#ports.changed(node);
    }
    const waiting = this.#waiting(node);
    if (waiting.length === 0) return { kind: 'moved' };
    if (nowMs - sinceMs < STUCK_AFTER_MS) return { kind: 'under_way' };
    this.#turnBack(node);
    return { kind: 'stuck', nodeIds: waiting };
  }

  /** Call it when the key of slot a was replaced: the tunnels go back. */
  replaced(node: NodeRecord): void {
    if (this.#phaseOf(node.nodeId) === 'away') this.#turnBack(node);
  }

  /** Call it when the node was deleted: another may get its name. */
  forget(nodeId: NodeId): void {
    this.#able.delete(nodeId);
    this.#moves.delete(nodeId);
    this.#restsUntilMs.delete(nodeId);
  }

  close(): void {
    this.#cancel?.();
  }

  #phaseOf(nodeId: NodeId): Move['phase'] | undefined {
    return this.#moves.get(nodeId)?.phase;
  }

  #turnBack(node: NodeRecord): void {
    const nowMs = this.#ports.clock.nowMs();
    this.#moves.set(node.nodeId, { phase: 'back', sinceMs: nowMs, askedAtMs: nowMs });
    this.#ports.changed(node);
  }

  #canUseSlotB({ nodeId, wgPublicKeys, endpoint }: NodeRecord): boolean {
    return this.#able.has(nodeId) && wgPublicKeys.b !== undefined && endpoint.listen_ports.b !== undefined;
  }

  #livePeers(node: NodeRecord): NodeRecord[] {
    const { members, presence, clock, leaseMs } = this.#ports;
    const sinceMs = clock.nowMs() - leaseMs;
    return [...members.peersOf(node)].filter(({ nodeId }) => (presence.lastSeenMs(nodeId) ?? 0) >= sinceMs);
  }

  /** The peers with which a pair may work that does not send on slot b at both ends. */
  #waiting(node: NodeRecord): NodeId[] {
    const sinceMs = this.#moves.get(node.nodeId)?.sinceMs ?? 0;
    return this.#livePeers(node).flatMap(({ nodeId }) => {
      const ends = this.#endsSince(sinceMs, node.nodeId, nodeId);
      const isFree =
        ends.length === 2 &&
        (ends.every(({ slot }) => slot === 'b') || ends.every((end) => !this.#mayWork(end)));
      return isFree ? [] : [nodeId];
    });
  }

  /** Whether both ends of all pairs have reported, since the tunnels go back, that they send on slot a. */
  #isBack(node: NodeRecord, { sinceMs }: Move): boolean {
    return this.#livePeers(node).every(({ nodeId }) => {
      const ends = this.#endsSince(sinceMs, node.nodeId, nodeId);
      return ends.length === 2 && ends.every(({ slot }) => slot !== 'b');
    });
  }

  /** What the ends of a pair last reported of it, without an end that has not reported since then. */
  #endsSince(sinceMs: number, one: NodeId, other: NodeId): ReportedEnd[] {
    const { applied } = this.#ports;
    return [endIn(applied.of(one), other), endIn(applied.of(other), one)].flatMap((end) =>
      end !== undefined && end.receivedAtMs >= sinceMs ? [end] : [],
    );
  }

  /**
   * Whether a pair may carry packets. An end reports a new pair before its first handshake, so a pair without
   * one counts as working for as long as a session would last.
   */
  #mayWork({ slot, listedSinceMs, handshakeAgeMs, receivedAtMs }: ReportedEnd): boolean {
    if (slot === 'b') return true;
    if (listedSinceMs === undefined) return false;
    const lastMs = handshakeAgeMs === undefined ? listedSinceMs : receivedAtMs - handshakeAgeMs;
    return this.#ports.clock.nowMs() - lastMs < SESSION_LIFETIME_MS;
  }

  #lookLater(): void {
    this.#cancel?.();
    this.#cancel = this.#ports.timers.setTimer(LOOK_EVERY_MS, () => this.#look(), { background: true });
  }

  /** Ends moves that are over, and turns back what nobody asks for any more. */
  #look(): void {
    const { view, members, clock, changed } = this.#ports;
    const nowMs = clock.nowMs();
    for (const [nodeId, move] of this.#moves) {
      const node = view.node(nodeId);
      if (node === undefined || !members.isIn(node)) this.#moves.delete(nodeId);
      else if (move.phase === 'away') {
        if (nowMs - move.askedAtMs > ABANDONED_AFTER_MS) this.#turnBack(node);
      } else if (this.#isBack(node, move) || nowMs - move.sinceMs > BACK_WITHIN_MS) {
        this.#moves.delete(nodeId);
        this.#restsUntilMs.set(nodeId, nowMs + RESTS_MS);
        changed(node);
      }
    }
    if (this.#moves.size > 0) this.#lookLater();
  }
}

interface ReportedEnd {
  readonly receivedAtMs: number;
  /** Since when the end has reported the pair without a break; undefined: its last report does not. */
  readonly listedSinceMs: number | undefined;
  readonly handshakeAgeMs: number | undefined;
  readonly slot: InterfaceSlot;
}

function endIn(report: AppliedReport | undefined, peerId: NodeId): ReportedEnd | undefined {
  if (report === undefined) return undefined;
  const { receivedAtMs } = report;
  const peer = report.peers.get(peerId);
  return {
    receivedAtMs,
    listedSinceMs: peer?.sinceMs,
    handshakeAgeMs: peer?.handshakeAgeMs,
    slot: peer?.slot ?? 'a',
  };
}
