// Replaces the node's own keys at the controller and on disk, one part after the other. A slot that carries
// tunnels waits until the other one does, so no packet is lost: with strict rotation that comes by itself,
// with rotation in place the controller moves the tunnels. The message that names the new keys is signed with
// the identity key that the node has.

import { LogField, type Logger, sleep, type Timers } from '@mesh/host';
import { decodeBase64, encodeBase64, formatRfc3339, parseIdentityKey } from '@mesh/primitives';
import {
  type KeyRotationMessage,
  keyRotationProofBody,
  type NodeClient,
  ProblemError,
  signMessage,
} from '@mesh/protocol';
import type { ControllerClock } from '../../clock/controller-clock.ts';
import { AgentError, messageOf } from '../../errors/agent-error.ts';
import { createCsr } from '../../identity/csr.ts';
import { checkCertificate } from '../../identity/enrol.ts';
import type { Enrolment } from '../../identity/enrolment-file.ts';
import type { EnrolmentStore } from '../../identity/enrolment-store.ts';
import type { KeyPart, NodeKeys } from '../../identity/key-files.ts';
import type { KeyRing } from '../../identity/key-ring.ts';
import type { NextKeys } from '../../identity/next-keys.ts';
import { proveWgKey } from '../../identity/prove-key.ts';

/** The files of the keys: identity/next-keys.ts. */
export interface NextKeysStore {
  readonly draft: (fresh: readonly KeyPart[]) => NextKeys | undefined;
  readonly read: () => NextKeys | undefined;
  readonly takeOver: (part: KeyPart) => NodeKeys;
  readonly drop: () => void;
}

export interface RotateKeysPorts {
  readonly keys: KeyRing;
  readonly store: NextKeysStore;
  readonly enrolment: EnrolmentStore;
  readonly client: Pick<NodeClient, 'keyChallenge' | 'rotateKeys'>;
  readonly controllerClock: ControllerClock;
  readonly timers: Timers;
  readonly logger: Logger;
  /** Whether a slot that carries tunnels will be free by itself: with strict rotation. */
  readonly slotsAlternate: () => boolean;
  /** Called when a certificate for a new identity key is stored. Connections must use it from now on. */
  readonly identityReplaced: (enrolment: Enrolment) => void;
  /** Called when a WireGuard key was replaced. The interface must get it. */
  readonly wireguardReplaced: () => void;
}

export interface RotateKeysRequest {
  readonly parts: readonly KeyPart[];
  /** Whether tunnels may break for a moment. */
  readonly mayInterrupt: boolean;
}

/** How often a slot that carries tunnels is asked for again, if the controller names no pause. */
const RETRY_MS = 500;

/**
 * Replaces the parts, after those of a change that was under way. Resolves when all are in use.
 *
 * @returns the parts that were replaced
 * @throws AgentError `refused` if the controller does; what the request throws if it fails. Then the new keys
 *   stay on disk, and the same call goes on with them
 */
export async function rotateKeys(
  ports: RotateKeysPorts,
  { parts, mayInterrupt }: RotateKeysRequest,
  signal: AbortSignal,
): Promise<readonly KeyPart[]> {
  const earlier = await replaceAll(ports, ports.store.read(), mayInterrupt, signal);
  const rest = parts.filter((part) => !earlier.includes(part));
  if (rest.length === 0) return earlier;
  return [...earlier, ...(await replaceAll(ports, ports.store.draft(rest), mayInterrupt, signal))];
}

async function replaceAll(
  ports: RotateKeysPorts,
  from: NextKeys | undefined,
  mayInterrupt: boolean,
  signal: AbortSignal,
): Promise<readonly KeyPart[]> {
  const done: KeyPart[] = [];
  for (let next = from; next !== undefined; next = ports.store.read()) {
    // The identity comes last: the message for the others is signed with the one before.
    const waiting = [...next.parts].sort((one, other) => orderOf(one) - orderOf(other));
    const replaced = await replaceOne(ports, next, waiting, mayInterrupt, signal);
    if (typeof replaced === 'number') await sleep(ports.timers, replaced, signal);
    else done.push(replaced);
  }
  return done;
}

const orderOf = (part: KeyPart): number => ['a', 'b', 'identity'].indexOf(part);

/** Takes over the first part that the controller takes. @returns how long to wait if all of them have to */
async function replaceOne(
  ports: RotateKeysPorts,
  next: NextKeys,
  waiting: readonly KeyPart[],
  mayInterrupt: boolean,
  signal: AbortSignal,
): Promise<KeyPart | number> {
  for (const part of waiting) {
    try {
      await replacePart(ports, next.keys, part, mayInterrupt, signal);
      return part;
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const { code, detail, ask_again: askAgain } = error.problem;
      // The tunnels move, and every other part would have to wait for that, too.
      if (code === 'state_conflict' && askAgain !== undefined) return 1_000 * (error.retryAfterSeconds ?? 1);
      if (code === 'state_conflict' && ports.slotsAlternate()) continue;
      // Some refusals are for now only. After the others these keys would be refused for ever.
      if (code === 'state_conflict' || code === 'key_spent' || code === 'node_exists') ports.store.drop();
      throw new AgentError('refused', `the controller refuses: ${detail} (${code})`);
    }
  }
  return RETRY_MS;
}

async function replacePart(
  ports: RotateKeysPorts,
  next: NodeKeys,
  part: KeyPart,
  mayInterrupt: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { client, store, keys, enrolment, logger } = ports;
  const message = await announce(ports, next, part, mayInterrupt, signal);
  const answer = await client.rotateKeys(message, signal);
  if (part === 'identity') {
    const { certificate_pem: certificate = '', ca_pem: ca = '' } = answer;
    checkCertificate(
      certificate,
      ca,
      enrolment.current,
      next.identity,
      (what) => new AgentError('failed', `the controller's answer ${what}: the old key stays in use`),
    );
    // The certificate first: a start after a crash finds that it is for the next key, and takes that over.
    await enrolment.update({ certificate_pem: certificate, ca_pem: ca });
    keys.replace(store.takeOver(part));
    ports.identityReplaced(enrolment.current);
  } else {
    keys.replace(store.takeOver(part));
    ports.wireguardReplaced();
  }
  logger.info(
    { [LogField.slot]: part },
    part === 'identity' ? 'the identity key was replaced' : 'a WireGuard key was replaced',
  );
}

async function announce(
  { client, keys, enrolment, controllerClock }: RotateKeysPorts,
  next: NodeKeys,
  part: KeyPart,
  mayInterrupt: boolean,
  signal: AbortSignal,
): Promise<KeyRotationMessage> {
  const { mesh_id, node_id } = enrolment.current;
  const given = await client.keyChallenge(signal);
  const challenge = {
    challengeId: given.challenge_id,
    challengeKey: decodeBase64(given.x25519_public_key, { lengthBytes: 32 }),
    nodeId: node_id,
    identityKey: keys.identity.publicKey,
  };
  const body = {
    mesh_id,
    node_id,
    sent_at: formatRfc3339(Math.floor(controllerClock.nowMs())),
    challenge_id: given.challenge_id,
    wg_public_keys: part === 'identity' ? {} : { [part]: next.wireguard[part].publicKey },
    wg_proofs: part === 'identity' ? {} : { [part]: proveWgKey(challenge, part, next.wireguard[part]) },
    may_interrupt: mayInterrupt,
  };
  if (part !== 'identity') return signMessage('key_rotation', body, keys.identity.sign) as KeyRotationMessage;
  const { identity } = next;
  const claimed = {
    public_key: parseIdentityKey(encodeBase64(identity.publicKey)),
    csr_pem: createCsr({ commonName: node_id, ...identity }),
    proof: '',
  };
  const proofBody = keyRotationProofBody({ ...body, identity: claimed });
  const { signature: proof } = signMessage('key_rotation_proof', proofBody, identity.sign) as {
    readonly signature: string;
  };
  return signMessage(
    'key_rotation',
    { ...body, identity: { ...claimed, proof } },
    keys.identity.sign,
  ) as KeyRotationMessage;
}

/** Goes on with a change that an earlier run left. Never rejects. */
export async function resumeRotation(ports: RotateKeysPorts, signal: AbortSignal): Promise<void> {
  try {
    await replaceAll(ports, ports.store.read(), false, signal);
  } catch (error) {
    if (!signal.aborted)
      ports.logger.warn(
        { [LogField.reason]: messageOf(error) },
        'a change of keys is not finished: run mesh-agent rotate-keys again',
      );
  }
}
