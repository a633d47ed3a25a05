// The worker thread that owns the epoch secrets. It draws them, derives keys from them, seals the keys on
// demand, and zeroes the secrets. It encapsulates ahead while it has no requests.

import { parentPort } from 'node:worker_threads';
import { platformAead, platformX25519 } from '@mesh/host';
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
import { configSealAad } from '@mesh/seal';
import { type IdlePorts, IdleWork } from './idle-work.ts';
import { writeKeySets } from './key-sets-text.ts';
import type {
  EndRequest,
  EpochPairs,
  PairEndMessage,
  PskOperation,
  PskReplies,
  PskReply,
  PskRequest,
  SealedReply,
  SealRequest,
} from './psk-worker-messages.ts';
import { SealContexts } from './seal-contexts.ts';

/** Fills bytes from a cryptographic random source. */
export type FillRandom = (bytes: Uint8Array) => Uint8Array;

interface OpenEpoch {
  readonly secret: EpochSecret;
  readonly key: EpochKey;
}

interface Held {
  readonly fillRandom: FillRandom;
  readonly epochs: Map<EpochId, OpenEpoch>;
  readonly contexts: SealContexts;
}

const platformIdle: IdlePorts = {
  nowMs: () => performance.now(),
  nextTurn: (fn) => void setImmediate(fn),
  later: (delayMs, fn) => void setTimeout(fn, delayMs),
};

/** Serves the thread that started this one, as long as both live. */
export function servePsks(fillRandom: FillRandom, idlePorts: IdlePorts = platformIdle): void {
  const contexts = new SealContexts({ fillRandom, x25519: platformX25519, aead: platformAead });
  const holding: Held = { fillRandom, epochs: new Map(), contexts };
  const idle = new IdleWork(idlePorts);
  parentPort?.on('message', (request: PskRequest | EndRequest) => {
    if (request.op === 'prepare') {
      prepareWhenIdle(request, holding, idle);
      return;
    }
    if (request.op === 'end') {
      for (const epochId of holding.epochs.keys()) close(epochId, holding);
      contexts.closeAll();
      // Ends this thread, between two requests.
      process.exit();
    }
    post(answerTo(request, holding));
    idle.putOff();
  });
}

type ServedAtOnce = Exclude<PskOperation, 'prepare'>;

function answerTo<Op extends ServedAtOnce>(request: PskRequest<Op>, held: Held): PskReply<Op> {
  const { id } = request;
  try {
    const serve: Serve<Op> = servers[request.op as Op];
    return { id, ok: true, value: serve(request, held) };
  } catch (error) {
    return { id, ok: false, message: error instanceof Error ? error.message : 'derivation failed' };
  }
}

/**
 * Posts a reply. Unsealed keys are transferred, so that no copy of them stays in this thread. Other replies
 * are copied, which is quicker.
 */
function post(reply: PskReply): void {
  const psks = reply.ok && reply.value instanceof Uint8Array ? reply.value : undefined;
  parentPort?.postMessage(reply, psks === undefined ? [] : [psks.buffer as ArrayBuffer]);
}

function prepareWhenIdle({ id, nodes }: PskRequest<'prepare'>, { contexts }: Held, idle: IdleWork): void {
  // The keys are announced now. If they were announced later, an older key could replace that of a request
  // that came meanwhile.
  for (const { nodeId, kemPublicKey } of nodes) contexts.announce(nodeId, kemPublicKey);
  for (const { nodeId } of nodes) {
    idle.add(() => {
      try {
        contexts.prepare(nodeId);
      } catch {
        // Nothing can be sealed to this key. A later request to seal to it reports that.
      }
    });
  }
  idle.add(() => post({ id, ok: true, value: undefined }));
}

type Serve<Op extends ServedAtOnce> = (request: PskRequest<Op>, held: Held) => PskReplies[Op];

const servers: { readonly [Op in ServedAtOnce]: Serve<Op> } = {
  open,
  derive,
  seal,
  single: ({ epochId, nodeId }, held) => singleHmacPsk(heldEpoch(epochId, held).secret, parseNodeId(nodeId)),
  close_before: ({ epochId: first }, held) => {
    for (const epochId of held.epochs.keys()) if (epochId < first) close(epochId, held);
    held.contexts.closeBefore(first);
    return undefined;
  },
};

function open({ meshId, epochId }: PskRequest<'open'>, held: Held): string {
  const secret = EpochSecret.own(held.fillRandom(new Uint8Array(32)));
  // An epoch that could not be opened may be tried again with the same id. It gets a new secret.
  close(epochId, held);
  held.epochs.set(epochId, { secret, key: deriveEpochKey({ meshId, epochId, epochSecret: secret }) });
  return commitEpochSecret({ epochId, epochSecret: secret });
}

function derive(
  { epochId, self, peers }: Pick<EpochPairs, 'epochId' | 'self' | 'peers'>,
  held: Held,
): Uint8Array {
  return derivePairPsks(heldEpoch(epochId, held).key, pairEnd(self), peers.map(pairEnd));
}

/**
 * The context belongs to the oldest epoch whose keys are inside. It is zeroed when that epoch is over. From
 * then on nothing in this process can open a recorded answer with keys of that epoch.
 */
function seal(request: SealRequest, held: Held): SealedReply {
  const { nodeId, kemPublicKey, version, current, next } = request;
  const epochId = (current ?? next)?.epochId;
  if (epochId === undefined) throw new Error('there is nothing to seal');
  const derived: Uint8Array[] = [];
  const keySet = (pairs: EpochPairs) => {
    const psks = derive(pairs, held);
    derived.push(psks);
    return { ...pairs, peerIds: pairs.peers.map((peer) => peer.nodeId), psks };
  };
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = writeKeySets({
      ...(current === undefined ? {} : { current: keySet(current) }),
      ...(next === undefined ? {} : { next: keySet(next) }),
    });
    const { meshId } = heldEpoch(epochId, held).key;
    const { sender, ...context } = held.contexts.contextFor({ meshId, nodeId, epochId }, kemPublicKey);
    const message = sender.seal({ aad: configSealAad(version), plaintext });
    return { suite: sender.suite, epochId, ...context, ...message };
  } finally {
    derived.forEach(wipe);
    if (plaintext !== undefined) wipe(plaintext);
  }
}

function close(epochId: EpochId, { epochs }: Held): void {
  const epoch = epochs.get(epochId);
  epoch?.key.dispose();
  epoch?.secret.dispose();
  epochs.delete(epochId);
}

function heldEpoch(epochId: EpochId, { epochs }: Held): OpenEpoch {
  const epoch = epochs.get(epochId);
  if (epoch === undefined) throw new Error(`the secret of epoch ${epochId} is not held`);
  return epoch;
}

const pairEnd = (end: PairEndMessage): PairEnd => ({
  nodeId: parseNodeId(end.nodeId),
  publicKey: decodeBase64(end.publicKey, { lengthBytes: 32 }),
});
