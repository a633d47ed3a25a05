// The worker thread that owns the epoch secrets: it draws them, derives from them on demand, and zeroes them.

import { randomFillSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { decodeBase64, type EpochId, parseNodeId } from '@mesh/primitives';
import {
  commitEpochSecret,
  deriveEpochKey,
  derivePairPsks,
  type EpochKey,
  EpochSecret,
  type PairEnd,
  singleHmacPsk,
} from '@mesh/psk';
import type { PairEndMessage, PskReply, PskRequest } from './psk-worker-messages.ts';

interface OpenEpoch {
  readonly secret: EpochSecret;
  readonly key: EpochKey;
}

const epochs = new Map<EpochId, OpenEpoch>();

function open(request: Extract<PskRequest, { op: 'open' }>): PskReply {
  const secret = EpochSecret.own(randomFillSync(new Uint8Array(32)));
  const { id, meshId, epochId } = request;
  // An epoch that could not be opened is tried again under its id with a new secret.
  close(epochId);
  epochs.set(epochId, { secret, key: deriveEpochKey({ meshId, epochId, epochSecret: secret }) });
  return { id, ok: true, commitment: commitEpochSecret({ epochId, epochSecret: secret }) };
}

function handle(request: PskRequest): PskReply {
  switch (request.op) {
    case 'open':
      return open(request);
    case 'derive': {
      const psks = derivePairPsks(
        held(request.epochId).key,
        pairEnd(request.self),
        request.peers.map(pairEnd),
      );
      return { id: request.id, ok: true, psks };
    }
    case 'single':
      return {
        id: request.id,
        ok: true,
        psks: singleHmacPsk(held(request.epochId).secret, parseNodeId(request.nodeId)),
      };
    case 'close_before':
      for (const epochId of epochs.keys()) {
        if (epochId < request.epochId) close(epochId);
      }
      return { id: request.id, ok: true };
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

parentPort?.on('message', (request: PskRequest) => {
  let reply: PskReply;
  try {
    reply = handle(request);
  } catch (error) {
    reply = {
      id: request.id,
      ok: false,
      message: error instanceof Error ? error.message : 'derivation failed',
    };
  }
  const transfer = reply.ok && reply.psks !== undefined ? [reply.psks.buffer as ArrayBuffer] : [];
  parentPort?.postMessage(reply, transfer);
});
