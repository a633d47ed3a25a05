// The worker thread that owns the epoch secrets: it draws them, derives from them, makes sealed keys on demand, and
// zeroes them.

import { parentPort } from 'node:worker_threads';
import { platformX25519 } from '@mesh/host';
import { decodeBase64, type EpochId, parseNodeId, wipe } from '@mesh/primitives';
import {
  commitEpochSecret,
  deriveEpochKey,
  derivePairPsks,
  type EpochKey,
  EpochSecret,
  type PairEnd,
  singleHmacPsk,
} from '@mesh/psk';
import {
  configSealInfo,
  encapsulationRandomnessLength,
  kemKeyId,
  parseKemPublicKey,
  sealTo,
} from '@mesh/seal';
import { writeKeySets } from './key-sets-text.ts';
import type {
  EpochPairs,
  PairEndMessage,
  PskReply,
  PskRequest,
  SealedReply,
  SealRequest,
} from './psk-worker-messages.ts';

/** Fills bytes from a cryptographic random source. */
export type FillRandom = (bytes: Uint8Array) => Uint8Array;

interface OpenEpoch {
  readonly secret: EpochSecret;
  readonly key: EpochKey;
}

/** Serves the thread that started this one, for as long as both live. */
export function servePsks(fillRandom: FillRandom): void {
  parentPort?.on('message', (request: PskRequest) => {
    let reply: PskReply;
    try {
      reply = handle(request, fillRandom);
    } catch (error) {
      reply = {
        id: request.id,
        ok: false,
        message: error instanceof Error ? error.message : 'derivation failed',
      };
    }
    const bytes = reply.ok ? (reply.psks ?? reply.sealed?.sealed) : undefined;
    parentPort?.postMessage(reply, bytes === undefined ? [] : [bytes.buffer as ArrayBuffer]);
  });
}

const epochs = new Map<EpochId, OpenEpoch>();

function handle(request: PskRequest, fillRandom: FillRandom): PskReply {
  const { id } = request;
  switch (request.op) {
    case 'open':
      return open(request, fillRandom);
    case 'derive':
      return { id, ok: true, psks: derive(request) };
    case 'seal':
      return { id, ok: true, sealed: seal(request, fillRandom) };
    case 'single':
      return { id, ok: true, psks: singleHmacPsk(held(request.epochId).secret, parseNodeId(request.nodeId)) };
    case 'close_before':
      for (const epochId of epochs.keys()) {
        if (epochId < request.epochId) close(epochId);
      }
      return { id, ok: true };
  }
}

function open(request: Extract<PskRequest, { op: 'open' }>, fillRandom: FillRandom): PskReply {
  const secret = EpochSecret.own(fillRandom(new Uint8Array(32)));
  const { id, meshId, epochId } = request;
  // An epoch that could not be opened is tried again under its id with a new secret.
  close(epochId);
  epochs.set(epochId, { secret, key: deriveEpochKey({ meshId, epochId, epochSecret: secret }) });
  return { id, ok: true, commitment: commitEpochSecret({ epochId, epochSecret: secret }) };
}

const derive = ({ epochId, self, peers }: Pick<EpochPairs, 'epochId' | 'self' | 'peers'>): Uint8Array =>
  derivePairPsks(held(epochId).key, pairEnd(self), peers.map(pairEnd));

function seal(request: SealRequest, fillRandom: FillRandom): SealedReply {
  const { suite, publicKey } = parseKemPublicKey(request.kemPublicKey);
  const derived: Uint8Array[] = [];
  const keySet = (pairs: EpochPairs) => {
    const psks = derive(pairs);
    derived.push(psks);
    return { ...pairs, peerIds: pairs.peers.map(({ nodeId }) => nodeId), psks };
  };
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = writeKeySets({
      ...(request.current === undefined ? {} : { current: keySet(request.current) }),
      ...(request.next === undefined ? {} : { next: keySet(request.next) }),
    });
    const sealed = sealTo(
      {
        suite,
        publicKey,
        info: configSealInfo({
          meshId: request.meshId,
          nodeId: parseNodeId(request.nodeId),
          version: request.version,
        }),
        aad: new Uint8Array(),
        plaintext,
        randomness: fillRandom(new Uint8Array(encapsulationRandomnessLength(suite))),
      },
      platformX25519,
    );
    return { suite, kemKeyId: kemKeyId(suite, publicKey), sealed };
  } finally {
    derived.forEach(wipe);
    if (plaintext !== undefined) wipe(plaintext);
  }
}

function close(epochId: EpochId): void {
  const epoch = epochs.get(epochId);
  epoch?.key.dispose();
  epoch?.secret.dispose();
  epochs.delete(epochId);
}

function held(epochId: EpochId): OpenEpoch {
  const epoch = epochs.get(epochId);
  if (epoch === undefined) throw new Error(`the secret of epoch ${epochId} is not held`);
  return epoch;
}

const pairEnd = (end: PairEndMessage): PairEnd => ({
  nodeId: parseNodeId(end.nodeId),
  publicKey: decodeBase64(end.publicKey, { lengthBytes: 32 }),
});
