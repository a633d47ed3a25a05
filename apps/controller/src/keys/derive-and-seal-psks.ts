// The worker thread that owns the epoch secrets. It draws them, derives keys from them, seals the keys on
// demand, and zeroes the secrets. It encapsulates ahead while it has no requests.

import { parentPort } from 'node:worker_threads';
import { platformAead, platformX25519 } from '@mesh/host';
import { type EpochId, wipe } from '@mesh/primitives';
import { commitEpochSecret, deriveEpochKey, type EpochKey, EpochSecret } from '@mesh/psk';
import { configSealAad } from '@mesh/seal';
import { type IdlePorts, IdleWork } from './idle-work.ts';
import { writeKeySets } from './key-sets-text.ts';
import { PairEnds } from './pair-ends.ts';
import { PairKeys } from './pair-keys.ts';
import type {
  EpochPairs,
  PskMessages,
  PskOperation,
  PskReplies,
  PskReply,
  PskReplyBatch,
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
  readonly pairs: PairKeys;
}

interface Held {
  readonly fillRandom: FillRandom;
  readonly epochs: Map<EpochId, OpenEpoch>;
  readonly contexts: SealContexts;
  readonly ends: PairEnds;
}

const platformIdle: IdlePorts = {
  nowMs: () => performance.now(),
  nextTurn: (fn) => void setImmediate(fn),
  later: (delayMs, fn) => void setTimeout(fn, delayMs),
};

/** Serves the thread that started this one, as long as both live. */
export function servePsks(fillRandom: FillRandom, idlePorts: IdlePorts = platformIdle): void {
  const contexts = new SealContexts({ fillRandom, x25519: platformX25519, aead: platformAead });
  const holding: Held = { fillRandom, epochs: new Map(), contexts, ends: new PairEnds() };
  const idle = new IdleWork(idlePorts);
  parentPort?.on('message', (messages: PskMessages) => {
    const replies: PskReply[] = [];
    for (const message of messages) {
      if (message.op === 'ends') holding.ends.add(message.ends);
      else if (message.op === 'prepare') prepareWhenIdle(message, holding, idle);
      else if (message.op === 'end') {
        for (const epochId of holding.epochs.keys()) close(epochId, holding);
        contexts.closeAll();
        // Ends this thread, between two requests.
        process.exit();
      } else replies.push(answerTo(message, holding));
    }
    if (replies.length === 0) return;
    post(replies);
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

/** Posts replies. Unsealed keys are transferred, so that no copy of them stays in this thread. */
function post(replies: PskReplyBatch): void {
  const transferred: ArrayBuffer[] = [];
  for (const reply of replies) {
    if (reply.ok && reply.value instanceof Uint8Array) transferred.push(reply.value.buffer as ArrayBuffer);
  }
  parentPort?.postMessage(replies, transferred);
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
  idle.add(() => post([{ id, ok: true, value: undefined }]));
}

type Serve<Op extends ServedAtOnce> = (request: PskRequest<Op>, held: Held) => PskReplies[Op];

const servers: { readonly [Op in ServedAtOnce]: Serve<Op> } = {
  open,
  derive,
  seal,
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
  const key = deriveEpochKey({ meshId, epochId, epochSecret: secret });
  held.epochs.set(epochId, { secret, key, pairs: new PairKeys(key, held.ends) });
  return commitEpochSecret({ epochId, epochSecret: secret });
}

function derive({ epochId, self, peers }: EpochPairs, held: Held): Uint8Array {
  return heldEpoch(epochId, held).pairs.of(self, peers);
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
    held.ends.sort(pairs.peers);
    const psks = derive(pairs, held);
    derived.push(psks);
    return { ...pairs, peerIds: Array.from(pairs.peers, (peer) => held.ends.at(peer).nodeId), psks };
  };
  let plaintext: Uint8Array | undefined;
  try {
    plaintext = writeKeySets({
      ...(current === undefined ? {} : { current: keySet(current) }),
      ...(next === undefined ? {} : { next: keySet(next) }),
    });
    const { meshId } = heldEpoch(epochId, held).key;
    const { sender, kemKeyId } = held.contexts.contextFor({ meshId, nodeId, epochId }, kemPublicKey);
    const { sequence, sealed } = sender.seal({ aad: configSealAad(version), plaintext });
    const { suite, enc } = sender;
    return { suite, kemKeyId, epochId, enc: base64(enc), sequence, sealed: base64(sealed) };
  } finally {
    derived.forEach(wipe);
    if (plaintext !== undefined) wipe(plaintext);
  }
}

function close(epochId: EpochId, { epochs }: Held): void {
  const epoch = epochs.get(epochId);
  epoch?.pairs.dispose();
  epoch?.key.dispose();
  epoch?.secret.dispose();
  epochs.delete(epochId);
}

function heldEpoch(epochId: EpochId, { epochs }: Held): OpenEpoch {
  const epoch = epochs.get(epochId);
  if (epoch === undefined) throw new Error(`the secret of epoch ${epochId} is not held`);
  return epoch;
}

const base64 = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
