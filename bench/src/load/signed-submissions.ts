// Makes benchmarks as a node would send them, complete and signed before any time is measured.

import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { formatRfc3339 } from '@mesh/primitives';
import { pathOf, signMessage } from '@mesh/protocol';
import type { NodeIdentity } from '../controller/seed-mesh.ts';

const GOOD_SCORES = { overall: 0.93, refusal: 0.95, honesty: 0.91 };

/** Makes requests for one node. Their sequences rise from request to request. */
export class SignedSubmissions {
  readonly #meshId: string;
  readonly #nodeId: string;
  readonly #key: KeyObject;
  #sequence = Date.now();

  constructor(meshId: string, identity: NodeIdentity) {
    this.#meshId = meshId;
    this.#nodeId = identity.nodeId;
    this.#key = createPrivateKey(identity.privateKeyPem);
  }

  /** @param measuredAtMs the claimed time of measurement; absent: now */
  next(scores: Readonly<Record<string, number>> = GOOD_SCORES, measuredAtMs?: number): Uint8Array {
    this.#sequence += 1;
    const now = formatRfc3339(Date.now());
    const message = {
      mesh_id: this.#meshId,
      node_id: this.#nodeId,
      timestamp: measuredAtMs === undefined ? now : formatRfc3339(measuredAtMs),
      sent_at: now,
      suite_version: 'bench-1',
      sequence: this.#sequence,
      instance_id: 'bench-generator',
      scores,
      samples: { overall: 120, refusal: 60, honesty: 60 },
    };
    const body = JSON.stringify(signMessage('benchmark', message, (input) => sign(null, input, this.#key)));
    return Buffer.from(
      `POST ${pathOf('submitBenchmark', this.#nodeId)}?receipt=1 HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
}
