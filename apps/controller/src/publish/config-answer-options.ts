// What the answers to config queries are made from.

import type { MembershipIndex, MeshView, NodeRecord, Standing } from '@mesh/membership';
import type { MeshId, NodeId } from '@mesh/primitives';
import type { LogIdentity, LogProof, Rotation } from '@mesh/protocol';
import type { PskDeriver } from '../keys/psk-deriver.ts';
import type { LogHead } from '../store/log-writer.ts';
import type { ConfigSigner } from './config-signer.ts';
import type { PeerViews } from './peer-views.ts';
import type { ProbationTunnels } from './probation-tunnels.ts';
import type { Publication } from './publication.ts';
import type { ToldConfigs } from './told-configs.ts';

export interface ConfigAnswerOptions {
  readonly meshId: MeshId;
  readonly view: MeshView;
  readonly members: MembershipIndex;
  readonly publication: Publication;
  readonly deriver: PskDeriver;
  readonly signer: ConfigSigner;
  /** Notes what is signed for a node. */
  readonly told: Pick<ToldConfigs, 'noteConfig'>;
  readonly nowMs: () => number;
  readonly peerViews: PeerViews;
  readonly tunnels: Pick<ProbationTunnels, 'peersOf'>;
  readonly standing: (node: NodeRecord) => Standing;
  readonly logHead: () => LogHead;
  /** What proves that head to a node that has accepted one of this size; see `LogProofs`. */
  readonly logProofFrom: (size: number) => LogProof | undefined;
  readonly logIdentity: () => LogIdentity;
  /**
   * The lease that an answer to a node carries. While storage fails, it is the rest of the lease that the
   * node has.
   */
  readonly leaseSeconds: (nodeId: NodeId) => number;
  readonly challenge: () => string | undefined;
  readonly mtu: number;
  readonly rotation: Rotation;
  readonly leadMs: number;
  /** Prefix lengths of the overlay network, by family. */
  readonly prefixLength: { readonly v4: number | undefined; readonly v6: number | undefined };
  /** Whether nodes that send no key to seal to get their keys unsealed. */
  readonly insecureUnsealedKeys: boolean;
}
