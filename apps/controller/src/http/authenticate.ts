// Who is calling: the one SPIFFE name in the client certificate, which TLS has verified, checked against the node's
// record on every request, since a kept connection outlives a revocation.

import type { TLSSocket } from 'node:tls';
import { encodeBase64 } from '@mesh/primitives';
import { ProblemError, problem } from '@mesh/protocol';
import type { MeshView, NodeRecord } from '../state/mesh-state.ts';

interface Caller {
  readonly nodeId: string;
  /** The certificate's Ed25519 key, base64. */
  readonly identityKey: string;
  /** When the certificate ends: a kept connection outlives that too. */
  readonly notAfterMs: number;
}

export class Authenticator {
  readonly #view: MeshView;
  readonly #nowMs: () => number;
  readonly #prefix: string;
  /** A certificate belongs to its connection: it is read once. */
  readonly #callers = new WeakMap<TLSSocket, Caller>();

  constructor(view: MeshView, nowMs: () => number) {
    this.#view = view;
    this.#nowMs = nowMs;
    this.#prefix = `URI:spiffe://${view.meshId}/node/`;
  }

  /** @throws ProblemError `unauthenticated`, `node_unknown`, `node_revoked`, `node_mismatch` */
  node(socket: TLSSocket, pathNodeId: string | undefined): NodeRecord {
    const caller = this.#callers.get(socket) ?? this.#read(socket);
    if (this.#nowMs() >= caller.notAfterMs) {
      throw new ProblemError(
        problem('unauthenticated', 'the client certificate has expired; connect again with a newer one'),
      );
    }
    const node = this.#view.node(caller.nodeId);
    if (node === undefined || node.identityKey !== caller.identityKey) {
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
    return node;
  }

  #read(socket: TLSSocket): Caller {
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const names = certificate?.subjectAltName ?? '';
    if (certificate === undefined || !names.startsWith(this.#prefix) || names.includes(',')) {
      throw new ProblemError(
        problem('unauthenticated', "present the client certificate that this mesh's controller issued"),
      );
    }
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    const caller = {
      nodeId: names.slice(this.#prefix.length),
      identityKey: encodeBase64(spki.subarray(-32)),
      notAfterMs: certificate.validToDate.getTime(),
    };
    this.#callers.set(socket, caller);
    return caller;
  }
}
