// The contexts that the worker seals with: one for each node, epoch and key, no nonce twice, and zeroed with
// the epoch and the key.

import { randomFillSync } from 'node:crypto';
import { platformAead, platformX25519 } from '@mesh/host';
import {
  decodeBase64,
  type EpochId,
  encodeBase64,
  type NodeId,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  utf8,
} from '@mesh/primitives';
import {
  configSealAad,
  epochSealInfo,
  portableAead,
  SEAL_SUITES,
  type SenderContext,
  setupReceiver,
} from '@mesh/seal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type EpochContext, SealContexts } from '../../src/keys/seal-contexts.ts';
import { NodeKem } from '../support/index.ts';

const meshId = parseMeshId('m');
const [NODE_A, NODE_B, NODE_C] = ['node-a', 'node-b', 'node-c'].map(parseNodeId) as [NodeId, NodeId, NodeId];
const NODES = [NODE_A, NODE_B, NODE_C];
const message = { aad: configSealAad('7.1'), plaintext: utf8('keys') };

function someContexts() {
  let drawn = 0;
  const fillRandom = (bytes: Uint8Array) => {
    drawn += 1;
    return randomFillSync(bytes);
  };
  return {
    contexts: new SealContexts({ fillRandom, x25519: platformX25519, aead: platformAead }),
    drawn: () => drawn,
  };
}
const at = (nodeId: NodeId, epoch: number) => ({ meshId, nodeId, epochId: parseEpochId(epoch) });
const isDisposed = (sender: SenderContext): boolean => {
  try {
    sender.seal(message);
    return false;
  } catch {
    return true;
  }
};

/** Whether anything is held for a node: its key, or what was made ahead for it. */
function isKept({ contexts, drawn }: ReturnType<typeof someContexts>, nodeId: NodeId, kem: string): boolean {
  const before = drawn();
  // For a node that is not known, nothing is made ahead.
  contexts.prepare(nodeId);
  if (drawn() > before) return true;
  // What had been made ahead serves now; otherwise it is made.
  contexts.contextFor(at(nodeId, 99), kem);
  return drawn() === before;
}

it('the cipher of the platform and the portable one are the same', () => {
  const bytes = (exactly?: number) => fc.uint8Array({ minLength: exactly ?? 0, maxLength: exactly ?? 300 });
  fc.assert(
    fc.property(bytes(32), bytes(12), bytes(), bytes(), (key, nonce, aad, plaintext) => {
      const sealed = platformAead.seal(key, nonce, aad, plaintext);
      expect(sealed).toEqual(portableAead.seal(key, nonce, aad, plaintext));
      expect(platformAead.open(key, nonce, aad, sealed)).toEqual(portableAead.open(key, nonce, aad, sealed));
    }),
  );
});

describe('a context', () => {
  const kem = new NodeKem('mesh/seal/v1/x25519').publicKeyText;

  it('is one for each node, epoch and key, and its sequence continues', () => {
    const { contexts, drawn } = someContexts();
    const first = contexts.contextFor(at(NODE_A, 7), kem);
    expect([drawn(), first.sender.seal(message).sequence]).toEqual([1, 0]);
    const again = contexts.contextFor(at(NODE_A, 7), kem);
    expect([drawn(), again.sender.enc, again.sender.seal(message).sequence]).toEqual([
      1,
      first.sender.enc,
      1,
    ]);
    const others = [
      contexts.contextFor(at(NODE_A, 8), kem),
      contexts.contextFor(at(NODE_B, 7), kem),
      contexts.contextFor(at(NODE_A, 7), new NodeKem('mesh/seal/v1/x25519').publicKeyText),
    ];
    expect(new Set([first, ...others].map(({ sender }) => encodeBase64(sender.enc))).size).toBe(4);
    expect(drawn()).toBe(4);
  });

  it('is set up from what was made ahead, once and for the newest key only', () => {
    const { contexts, drawn } = someContexts();
    contexts.announce(NODE_A, kem);
    for (let times = 0; times < 3; times++) contexts.prepare(NODE_A);
    expect(drawn()).toBe(1);
    const { enc } = contexts.contextFor(at(NODE_A, 7), kem).sender;
    expect([contexts.contextFor(at(NODE_A, 7), kem).sender.enc, drawn()]).toEqual([enc, 1]);
    expect(contexts.contextFor(at(NODE_A, 8), kem).sender.enc).not.toEqual(enc);
    expect(drawn()).toBe(2);
    contexts.prepare(NODE_A);
    expect(drawn()).toBe(3);
    const newer = new NodeKem('mesh/seal/v1/x25519');
    contexts.announce(NODE_A, newer.publicKeyText);
    const context = contexts.contextFor(at(NODE_A, 9), newer.publicKeyText);
    expect([drawn(), context.kemKeyId]).toEqual([4, newer.privateKey.keyId]);
    contexts.prepare(parseNodeId('nobody'));
    expect(drawn()).toBe(4);
    expect(isKept({ contexts, drawn }, parseNodeId('nobody'), kem)).toBe(false);
  });

  it('is zeroed with its epoch', () => {
    const { contexts } = someContexts();
    const [six, seven, eight] = [6, 7, 8].map((epoch) => contexts.contextFor(at(NODE_A, epoch), kem).sender);
    contexts.closeBefore(parseEpochId(7));
    expect([six, seven, eight].map((sender) => sender && isDisposed(sender))).toEqual([true, false, false]);
    contexts.closeBefore(parseEpochId(8));
    expect([seven, eight].map((sender) => sender && isDisposed(sender))).toEqual([true, false]);
  });

  it('is zeroed when the node has a newer key, together with what was made ahead', () => {
    const { contexts } = someContexts();
    const { sender } = contexts.contextFor(at(NODE_A, 7), kem);
    const other = contexts.contextFor(at(NODE_B, 7), kem).sender;
    contexts.announce(NODE_A, new NodeKem('mesh/seal/v1/x25519').publicKeyText);
    expect([isDisposed(sender), isDisposed(other)]).toEqual([true, false]);
  });

  it('of a node that nobody asks for any more leaves nothing behind, within two epochs', () => {
    const steps: ((contexts: SealContexts) => void)[] = [
      (contexts) => {
        for (const nodeId of NODES) contexts.announce(nodeId, kem);
        for (const nodeId of NODES) contexts.prepare(nodeId);
        contexts.contextFor(at(NODE_A, 7), kem);
      },
      (contexts) => {
        contexts.closeBefore(parseEpochId(7));
        contexts.contextFor(at(NODE_B, 8), kem);
        contexts.closeBefore(parseEpochId(8));
      },
      (contexts) => {
        contexts.closeBefore(parseEpochId(9));
        contexts.closeBefore(parseEpochId(10));
      },
    ];
    const keptAfter = (count: number) =>
      NODES.filter((nodeId) => {
        // For each question a scene of its own, because asking changes it.
        const scene = someContexts();
        for (const step of steps.slice(0, count)) step(scene.contexts);
        return isKept(scene, nodeId, kem);
      });
    expect([1, 2, 3].map(keptAfter)).toEqual([NODES, [NODE_B], []]);
  });

  it('is not made for a key that cannot be sealed to, and nothing is spoilt by it', () => {
    const { contexts, drawn } = someContexts();
    contexts.announce(NODE_A, 'mesh/seal/v1/x25519:AAAA');
    expect(() => contexts.prepare(NODE_A)).toThrow();
    expect(() => contexts.contextFor(at(NODE_A, 7), 'mesh/seal/v1/x25519:AAAA')).toThrow();
    const before = drawn();
    expect(contexts.contextFor(at(NODE_A, 7), kem).sender.seal(message).sequence).toBe(0);
    expect(drawn()).toBe(before + 1);
  });
});

describe.each(SEAL_SUITES)('answers sealed by %s', (suite) => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('seal' as const), node: fc.constantFrom(...NODES) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('prepare' as const), node: fc.constantFrom(...NODES) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('renew' as const), node: fc.constantFrom(...NODES) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('epoch' as const), node: fc.constant('') }) },
  );
  interface Answer {
    readonly nodeId: string;
    readonly epochId: EpochId;
    readonly version: string;
    readonly kem: NodeKem;
    readonly enc: string;
    readonly sequence: number;
    readonly sealed: Uint8Array;
    readonly text: string;
  }

  /** Opens the answer as the node would, with these changes. */
  function open(answer: Answer, changes: Partial<Answer & { mesh: string }> = {}): string | undefined {
    const { nodeId, epochId, version, kem, enc, sequence, sealed, mesh } = {
      ...answer,
      mesh: 'm',
      ...changes,
    };
    try {
      const receiver = setupReceiver(
        {
          suite,
          privateKey: kem.privateKey,
          enc: decodeBase64(enc),
          info: epochSealInfo({ meshId: parseMeshId(mesh), nodeId: parseNodeId(nodeId), epochId }),
        },
        platformX25519,
      );
      return new TextDecoder().decode(receiver.open({ sequence, aad: configSealAad(version), sealed }));
    } catch {
      return undefined;
    }
  }

  it('never share a nonce under one key, and open only where they belong', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 4, maxLength: 16 }), (steps) => {
        const { contexts } = someContexts();
        const kems = new Map(NODES.map((name) => [name, new NodeKem(suite)]));
        const kemOf = (name: NodeId) => kems.get(name) ?? new NodeKem(suite);
        const answers: Answer[] = [];
        const used: EpochContext[] = [];
        let epoch = 7;
        for (const [number, { do: what, node: nodeId }] of steps.entries()) {
          if (what === 'epoch') contexts.closeBefore(parseEpochId(epoch++));
          else if (what === 'renew') kems.set(nodeId, new NodeKem(suite));
          else if (what === 'prepare') {
            contexts.announce(nodeId, kemOf(nodeId).publicKeyText);
            contexts.prepare(nodeId);
          } else {
            const kem = kemOf(nodeId);
            const context = contexts.contextFor(at(nodeId, epoch), kem.publicKeyText);
            used.push(context);
            const [version, text] = [`${epoch}.${number}`, `keys ${number}`];
            const sealed = context.sender.seal({ aad: configSealAad(version), plaintext: utf8(text) });
            answers.push({
              nodeId,
              epochId: parseEpochId(epoch),
              version,
              kem,
              enc: encodeBase64(context.sender.enc),
              text,
              ...sealed,
            });
          }
        }
        // An encapsulation determines the key, and the sequence determines the nonce.
        const nonces = answers.map(({ enc, sequence }) => `${enc} ${sequence}`);
        expect(new Set(nonces).size).toBe(nonces.length);
        for (const answer of answers.slice(-3)) {
          expect(open(answer)).toBe(answer.text);
          const otherNode = NODES.find((name) => name !== answer.nodeId) ?? '';
          expect(open(answer, { mesh: 'n' })).toBeUndefined();
          expect(open(answer, { nodeId: otherNode })).toBeUndefined();
          expect(open(answer, { epochId: parseEpochId(answer.epochId + 1) })).toBeUndefined();
          expect(open(answer, { version: `${answer.version}1` })).toBeUndefined();
          expect(open(answer, { sequence: answer.sequence + 1 })).toBeUndefined();
          expect(open(answer, { kem: new NodeKem(suite) })).toBeUndefined();
          // The bytes of another answer in place of this one's, from the same context or another.
          for (const {
            sealed,
            sequence,
            sealed: { length },
          } of answers) {
            if (sequence === answer.sequence || length === 0) continue;
            expect(open(answer, { sealed })).toBeUndefined();
          }
        }
      }),
      { numRuns: suite.endsWith('x25519') ? 25 : 6 },
    );
  });
});
