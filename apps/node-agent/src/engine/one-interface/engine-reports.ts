// Reports the work of an engine to the journal and the log.

import { LogField } from '@mesh/host';
import type { EpochId, NodeId } from '@mesh/primitives';
import type { WgPublicKey } from '@mesh/wg';
import type { TunnelUpReport } from '@mesh/wg-device';
import { TunnelError, type TunnelErrorCode } from '@mesh/wg-device';
import { messageOf } from '../../errors/agent-error.ts';
import type { Altered, AlteredInterface } from '../../events/agent-events.ts';
import type { Trouble, TunnelPart } from '../../events/trouble.ts';
import type { Desired, DesiredPeer } from '../../plan/desired-peers.ts';
import type { EnginePorts } from './engine-parts.ts';
import { TunnelTroubles } from './tunnel-troubles.ts';

export type ReportPorts = Pick<
  EnginePorts,
  'record' | 'epochApplied' | 'troubleChanged' | 'clock' | 'logger'
>;

/** The log's text when a part of the work on one interface fails. */
export const FAILED: Readonly<Record<TunnelPart, string>> = {
  interface: 'the interface could not be brought up as it should be; trying again',
  peers: 'the peers could not be set as they should be; trying again',
  routes: 'the routes could not be set; trying again',
};

export class EngineReports {
  readonly #ports: ReportPorts;
  readonly #troubles: TunnelTroubles;
  #appliedEpoch: EpochId | undefined;

  constructor(ports: ReportPorts) {
    this.#ports = ports;
    this.#troubles = new TunnelTroubles(ports.clock);
  }

  /** The trouble that began first; undefined if nothing fails. */
  get trouble(): Trouble | undefined {
    return this.#troubles.first;
  }

  /** @param wasUp whether this run had the interface before */
  interfaceUp({ kind, privateKeyReplaced, state }: TunnelUpReport, wasUp: boolean): void {
    const { record, logger } = this.#ports;
    if (wasUp && kind === 'created') this.altered({ kind: 'interface_gone' });
    if (privateKeyReplaced) logger.warn('the interface had another private key, which was replaced');
    if (!wasUp || kind === 'created') record({ type: 'interface_up', kind, peers: state.peers.length });
  }

  /** Reports what was corrected on the interface because somebody else had changed it. */
  interfaceAltered(report: TunnelUpReport): void {
    const changed = {
      private_key: report.privateKeyReplaced,
      listen_port: report.listenPortChanged,
      addresses: report.addressesAdded.length > 0,
      routes: report.routesAdded.length > 0,
      mtu: report.mtuChanged,
      link: report.wasDown,
    };
    for (const [what, isChanged] of Object.entries(changed))
      if (isChanged) this.altered({ kind: 'altered_interface', what: what as AlteredInterface['what'] });
  }

  altered(finding: Altered): void {
    this.#ports.record({ type: 'found_altered', finding });
    this.#ports.logger.warn(
      { [LogField.finding]: finding },
      'the interface was changed by somebody else; it is put right',
    );
  }

  /** @param tookMs the time since the arrival of the config that removes the peer; null if no config does */
  peerRemoved(nodeId: NodeId | null, publicKey: WgPublicKey, tookMs: number | null): void {
    this.#ports.record({ type: 'peer_removed', nodeId, publicKey, tookMs });
    this.#ports.logger.info(
      { [LogField.peerId]: nodeId, [LogField.publicKey]: publicKey, [LogField.durationMs]: tookMs },
      'peer removed',
    );
  }

  peerAdded({ nodeId, publicKey }: DesiredPeer, epochId: EpochId): void {
    this.#ports.record({ type: 'peer_added', nodeId, publicKey, epochId });
    this.#ports.logger.info({ [LogField.peerId]: nodeId, [LogField.epochId]: epochId }, 'peer added');
  }

  /** @param tookMs the time from the order to the keys that were read back */
  keysSet(count: number, epochId: EpochId, tookMs: number): void {
    this.#ports.record({ type: 'psks_set', count, epochId, tookMs });
    this.#ports.logger.debug(
      { [LogField.count]: count, [LogField.epochId]: epochId, [LogField.durationMs]: tookMs },
      'keys changed in place',
    );
  }

  /**
   * Every pair holds the key of this epoch. The epoch that was reported last is not reported again.
   *
   * @param count of peers
   */
  epochApplied(epochId: EpochId, count: number): void {
    if (epochId === this.#appliedEpoch) return;
    this.#appliedEpoch = epochId;
    this.#ports.record({ type: 'epoch_applied', epochId });
    this.#ports.epochApplied(epochId);
    this.#ports.logger.info(
      { [LogField.epochId]: epochId, [LogField.count]: count },
      'epoch applied to every peer',
    );
  }

  leaseEnded(): void {
    this.#ports.record({ type: 'lease_ended' });
    this.#ports.logger.error('the controller was not heard for a whole lease: all peers are removed');
  }

  /**
   * Call it when everything planned was done or tried. A peer that cannot be set is a trouble of that peer.
   * If all of several peers cannot be set, it is a trouble of the tunnel. Otherwise the part `peers` works,
   * even with no peers.
   */
  peersSettled(desired: Desired, failing: ReadonlyMap<WgPublicKey, Trouble>): void {
    const wanted = desired.kind === 'peers' ? [...desired.peers.keys()] : [];
    if (wanted.length < 2 || wanted.some((publicKey) => !failing.has(publicKey))) {
      this.worked('peers');
      return;
    }
    const reason = failing.get(wanted[0] as WgPublicKey)?.message;
    const error = new TunnelError('apply_failed', `none of ${wanted.length} peers can be set: ${reason}`);
    this.failed('peers', error, FAILED.peers);
  }

  /**
   * Records a failure once in journal and log, until the part works again or fails for another reason. Only
   * the debug log repeats it.
   *
   * @param what the log's text: what failed
   */
  failed(part: TunnelPart, error: unknown, what: string): void {
    const { record, logger, troubleChanged } = this.#ports;
    const code = failureCode(error);
    const message = messageOf(error);
    if (!this.#troubles.failed(part, code, message)) {
      logger.debug({ [LogField.error]: error, [LogField.code]: code }, what);
      return;
    }
    record({ type: 'tunnel_failed', part, code, message });
    logger.error({ [LogField.error]: error, [LogField.code]: code }, what);
    troubleChanged();
  }

  /** A part of the work has succeeded. */
  worked(part: TunnelPart): void {
    const { record, logger, troubleChanged, clock } = this.#ports;
    const ended = this.#troubles.worked(part);
    if (ended === undefined) return;
    const forMs = Math.max(0, Math.floor(clock.nowMs()) - ended.sinceMs);
    record({ type: 'tunnel_recovered', part, code: ended.code, forMs });
    logger.info({ [LogField.code]: ended.code, [LogField.durationMs]: forMs }, RECOVERED[part]);
    troubleChanged();
  }
}

const RECOVERED: Readonly<Record<TunnelPart, string>> = {
  interface: 'the interface is as it should be again',
  peers: 'the peers are as they should be again',
  routes: 'the routes are as they should be again',
};

/** The code of a failure; `unexpected_answer` if the error is not the tunnel's. */
export function failureCode(error: unknown): TunnelErrorCode {
  return error instanceof TunnelError ? error.code : 'unexpected_answer';
}
