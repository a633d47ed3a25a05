// The tunnel to an examined node. A question that fails is the service's fault only if the tunnel worked
// meanwhile. WireGuard answers whatever arrives, with the service's packets or, within 10 seconds, with a
// keepalive of its own. So the tunnel has worked if it has received anything at all.

import type { NodeId } from '@mesh/primitives';
import { cidrAddress, ipFamily, isHostCidr, type WgPublicKey } from '@mesh/wg';
import type { Engine } from '../engine/port/engine.ts';
import { messageOf } from '../errors/agent-error.ts';
import { hostAddress } from '../plan/overlay-targets.ts';
import type { AssignedExam } from './assigned-exam.ts';

/** A tunnel through which a question can be put now. */
export interface ExamTunnel {
  readonly kind: 'up';
  /** This node's overlay address, from which is asked. */
  readonly localAddress: string;
  readonly publicKey: WgPublicKey;
  readonly rxBytes: number;
}

/** Why none can be put. Each reason is this node's own matter, or passes. */
export interface NoTunnel {
  readonly kind: 'down';
  readonly why: string;
}

export type LookAtTunnel = (
  exam: Pick<AssignedExam, 'examined' | 'service'>,
) => Promise<ExamTunnel | NoTunnel>;

/** Reads the interface. Never rejects. */
export function createTunnelLook(engine: Pick<Engine, 'snapshot' | 'tunnel'>): LookAtTunnel {
  return async ({ examined, service }) => {
    const { config, present, overlaps, movedToB } = engine.snapshot();
    const peer = config?.peers.get(examined);
    if (config === undefined || peer === undefined) return down(`${examined} is no peer of this node now`);
    const target = hostAddress(service.address);
    const isItsOwn = peer.allowedIps.some(
      (allowed) => isHostCidr(allowed) && cidrAddress(allowed) === cidrAddress(target),
    );
    if (!isItsOwn) return down(`${service.address} is no overlay address of ${examined}`);
    const own = (config.interface?.addresses ?? [])
      .map(hostAddress)
      .find((address) => ipFamily(address) === ipFamily(target));
    if (own === undefined) return down(`this node has no overlay address to ask ${service.address} from`);
    if (!present.has(peer.publicKey)) return down(`${examined} is not on the interface`);
    if (movedToB?.has(examined) === true) return down('the tunnel is on slot b while a key is replaced');
    if (leaks(overlaps, examined)) return down(`a route of this host leads past the tunnel to ${examined}`);
    try {
      const { peers } = await engine.tunnel.read();
      const found = peers.find(({ publicKey }) => publicKey === peer.publicKey);
      if (found === undefined) return down(`${examined} is not on the interface`);
      const { publicKey } = peer;
      return { kind: 'up', localAddress: cidrAddress(own), publicKey, rxBytes: found.rxBytes };
    } catch (error) {
      return down(messageOf(error));
    }
  };
}

/** Whether the tunnel has carried anything to this node between two looks. */
export function hasWorked(before: ExamTunnel, after: ExamTunnel | NoTunnel): boolean {
  return after.kind === 'up' && after.publicKey === before.publicKey && after.rxBytes > before.rxBytes;
}

const down = (why: string): NoTunnel => ({ kind: 'down', why });

function leaks(overlaps: ReturnType<Engine['snapshot']>['overlaps'], examined: NodeId): boolean {
  return overlaps.some(({ handled, peers }) => handled === 'leaking' && peers.includes(examined));
}
