// Checks on every request that the caller's certificate fits the node's record. A check per connection would
// not be enough, because the record can change while a connection stays open.

import type { TLSSocket } from 'node:tls';
import type { MeshView, NodeRecord } from '@mesh/membership';
import type { IdentityKey, NodeId } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { Callers } from './callers.ts';

export interface AuthenticatorPorts {
  /** Called when a node uses the identity key that it has announced. */
  readonly onAnnouncedKey: (nodeId: NodeId, identityKey: IdentityKey) => void;
  /** Called on every request that is let in, with the pin of the CA that issued the caller's certificate. */
  readonly onCa: (nodeId: NodeId, caPin: string) => void;
  readonly isTrustedCa: (caPin: string) => boolean;
}

export class Authenticator {
  readonly #view: MeshView;
  readonly #callers: Callers;
  readonly #nowMs: () => number;
  readonly #ports: AuthenticatorPorts;

  constructor(view: MeshView, callers: Callers, nowMs: () => number, ports: AuthenticatorPorts) {
    this.#view = view;
    this.#callers = callers;
    this.#nowMs = nowMs;
    this.#ports = ports;
  }

  /**
   * A node that comes with the key that it announced gets a record in which that key is its identity key.
   *
   * @throws ProblemError `unauthenticated`, `node_unknown`, `node_revoked`, `node_mismatch`
   */
  node(socket: TLSSocket, pathNodeId: string | undefined): NodeRecord {
    const caller = this.#callers.of(socket);
    if (caller === undefined) {
      throw new ProblemError(
        problem('unauthenticated', "present the client certificate that this mesh's controller issued"),
      );
    }
    if (this.#nowMs() >= caller.notAfterMs) {
      throw new ProblemError(
        problem('unauthenticated', 'the client certificate has expired; connect again with a newer one'),
      );
    }
    if (!this.#ports.isTrustedCa(caller.caPin)) {
      throw new ProblemError(
        problem(
          'unauthenticated',
          'the client certificate comes from a CA that has been replaced; enrol again with a new join token',
        ),
      );
    }
    const node = this.#view.node(caller.nodeId);
    const isAnnounced = node?.nextIdentityKey === caller.identityKey;
    if (node === undefined || !(isAnnounced || node.identityKey === caller.identityKey)) {
      throw new ProblemError(
        problem('node_unknown', `node ${caller.nodeId} is not enrolled here with this key; enrol it again`),
      );
    }
    if (node.status === 'revoked')
      throw new ProblemError(problem('node_revoked', `node ${node.nodeId} has been revoked`));
    if (pathNodeId !== undefined && pathNodeId !== node.nodeId) {
      throw new ProblemError(
        problem('node_mismatch', `the certificate is for node ${node.nodeId}, the path for another`),
      );
    }
    this.#ports.onCa(node.nodeId, caller.caPin);
    if (!isAnnounced) return node;
    this.#ports.onAnnouncedKey(node.nodeId, caller.identityKey);
    return { ...node, identityKey: caller.identityKey };
  }
}
