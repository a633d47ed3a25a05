// What the PSK worker did before it had contexts, for comparison: a separate encapsulation for every answer.

import { randomFillSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { platformX25519 } from '@mesh/host';
import { decodeBase64, encodeBase64, parseNodeId } from '@mesh/primitives';
import { deriveEpochKey, derivePairPsks, type EpochKey, EpochSecret } from '@mesh/psk';
import {
  configSealAad,
  encapsulationRandomnessLength,
  epochSealInfo,
  kemKeyId,
  parseKemPublicKey,
  sealTo,
} from '@mesh/seal';
import { writeKeySets } from '../../../apps/controller/src/keys/key-sets-text.ts';
import type {
  EndRequest,
  PairEndMessage,
  PskReply,
  PskRequest,
  SealRequest,
} from '../../../apps/controller/src/keys/psk-worker-messages.ts';

let epochKey: EpochKey | undefined;

const pairEnd = ({ nodeId, publicKey }: PairEndMessage) => ({
  nodeId: parseNodeId(nodeId),
  publicKey: decodeBase64(publicKey, { lengthBytes: 32 }),
});

function seal({ nodeId, kemPublicKey, version, next }: SealRequest) {
  if (epochKey === undefined || next === undefined) throw new Error('open an epoch, and ask for its keys');
  const { suite, publicKey } = parseKemPublicKey(kemPublicKey);
  const psks = derivePairPsks(epochKey, pairEnd(next.self), next.peers.map(pairEnd));
  const plaintext = writeKeySets({
    next: { ...next, peerIds: next.peers.map((peer) => peer.nodeId), psks },
  });
  const { meshId, epochId } = epochKey;
  const sealed = sealTo(
    {
      suite,
      publicKey,
      info: epochSealInfo({ meshId, nodeId: parseNodeId(nodeId), epochId }),
      aad: configSealAad(version),
      plaintext,
      randomness: randomFillSync(new Uint8Array(encapsulationRandomnessLength(suite))),
    },
    platformX25519,
  );
  const enc = encodeBase64(sealed.subarray(0, 32));
  const keyId = kemKeyId(suite, publicKey);
  return { suite, kemKeyId: keyId, epochId, enc, sequence: 0, sealed };
}

parentPort?.on('message', (request: PskRequest | EndRequest) => {
  if (request.op === 'end') process.exit();
  const { id } = request;
  let reply: PskReply = { id, ok: true, value: undefined };
  if (request.op === 'open') {
    const epochSecret = EpochSecret.own(randomFillSync(new Uint8Array(32)));
    epochKey = deriveEpochKey({ ...request, epochSecret });
    reply = { id, ok: true, value: 'sha256:' };
  } else if (request.op === 'seal') reply = { id, ok: true, value: seal(request) };
  parentPort?.postMessage(reply);
});
