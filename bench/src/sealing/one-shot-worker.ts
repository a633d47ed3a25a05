// The earlier PSK worker without contexts, for comparison: it makes a separate encapsulation for every
// answer.

import { randomFillSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { platformX25519 } from '@mesh/host';
import { decodeBase64, encodeBase64, parseNodeId } from '@mesh/primitives';
import { deriveEpochKey, derivePairPsks, type EpochKey, EpochSecret, type PairEnd } from '@mesh/psk';
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
  PairEndMessage,
  PskMessages,
  PskReply,
  SealRequest,
} from '../../../apps/controller/src/keys/psk-worker-messages.ts';

let epochKey: EpochKey | undefined;

const ends: PairEnd[] = [];

const pairEnd = ({ nodeId, publicKey }: PairEndMessage) => ({
  nodeId: parseNodeId(nodeId),
  publicKey: decodeBase64(publicKey, { lengthBytes: 32 }),
});

function endOf(number: number): PairEnd {
  const end = ends[number];
  if (end === undefined) throw new Error(`there is no end ${number}`);
  return end;
}

function seal({ nodeId, kemPublicKey, version, next }: SealRequest) {
  if (epochKey === undefined || next === undefined) throw new Error('open an epoch, and ask for its keys');
  const { suite, publicKey } = parseKemPublicKey(kemPublicKey);
  const peers = Array.from(next.peers, endOf);
  const psks = derivePairPsks(epochKey, endOf(next.self), peers);
  const plaintext = writeKeySets({ next: { ...next, peerIds: peers.map((peer) => peer.nodeId), psks } });
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
  const text = Buffer.from(sealed).toString('base64');
  return { suite, kemKeyId: keyId, epochId, enc, sequence: 0, sealed: text };
}

parentPort?.on('message', (messages: PskMessages) => {
  const replies: PskReply[] = [];
  for (const message of messages) {
    if (message.op === 'end') process.exit();
    if (message.op === 'ends') {
      ends.push(...message.ends.map(pairEnd));
      continue;
    }
    const { id } = message;
    if (message.op === 'open') {
      const epochSecret = EpochSecret.own(randomFillSync(new Uint8Array(32)));
      epochKey = deriveEpochKey({ ...message, epochSecret });
      replies.push({ id, ok: true, value: 'sha256:' });
    } else if (message.op === 'seal') replies.push({ id, ok: true, value: seal(message) });
    else replies.push({ id, ok: true, value: undefined });
  }
  parentPort?.postMessage(replies);
});
