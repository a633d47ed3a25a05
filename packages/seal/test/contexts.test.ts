// One encapsulation, many messages: each has its own nonce, and opens only under its own number and aad.
import { parseEpochId, parseMeshId, parseNodeId, toHex } from '@mesh/primitives';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';

const watched = vi.hoisted((): { nonces: string[] } => ({ nonces: [] }));
vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('@noble/ciphers/chacha.js', async (load) => {
  const real = await load<typeof import('@noble/ciphers/chacha.js')>();
  const chacha20poly1305 = (key: Uint8Array, nonce: Uint8Array, aad?: Uint8Array) => {
    watched.nonces.push(Buffer.from(key).toString('hex') + Buffer.from(nonce).toString('hex'));
    return real.chacha20poly1305(key, nonce, aad);
  };
  return { ...real, chacha20poly1305 };
});

const { configSealAad, epochSealInfo, portableAead, SEAL_SUITES, setupReceiver, setupSender } = await import(
  '../src/index.ts'
);
const { ContextKey, MAX_SEQUENCE, nonceOf } = await import('../src/context-key.ts');
const { SenderContext } = await import('../src/sender-context.ts');
const { aad, bytes, encapsulated, info, pairOf, sealError } = await import('./samples.ts');

const cannotOpen = sealError('cannot_open');

describe('nonces', () => {
  const anySequence = fc.integer({ min: 0, max: MAX_SEQUENCE });

  it('of two numbers differ, whatever the base nonce', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        anySequence,
        anySequence,
        (base, one, two) => {
          const [first, second] = [toHex(nonceOf(base, one)), toHex(nonceOf(base, two))];
          expect(first === second).toBe(one === two);
        },
      ),
    );
  });

  it('leave the base nonce as it is', () => {
    const base = bytes(12);
    nonceOf(base, 5);
    expect(base).toEqual(bytes(12));
  });
});

describe.each(SEAL_SUITES)('a context of %s', (suite) => {
  const { publicKey, privateKey } = pairOf(suite);
  const twoEnds = (label = 1) => {
    const sender = setupSender(encapsulated(suite, publicKey, label), info);
    return { sender, receiver: setupReceiver({ suite, privateKey, enc: sender.enc, info }) };
  };

  it('never uses a nonce twice, even after failures', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.uint8Array({ maxLength: 40 }))), (plaintexts) => {
        watched.nonces = [];
        const { sender } = twoEnds();
        const sequences: number[] = [];
        for (const plaintext of plaintexts) {
          // null means a message that fails in the cipher, after its nonce was taken.
          if (plaintext === null)
            expect(() => sender.seal({ aad, plaintext: 7 as unknown as Uint8Array })).toThrow();
          else sequences.push(sender.seal({ aad, plaintext }).sequence);
        }
        expect(watched.nonces).toHaveLength(plaintexts.length);
        expect(new Set(watched.nonces).size).toBe(watched.nonces.length);
        expect(sequences).toEqual(plaintexts.flatMap((plaintext, at) => (plaintext === null ? [] : [at])));
      }),
      { numRuns: 20 },
    );
  });

  it('opens each message only under its number and aad, in any order, again and again', () => {
    const message = fc.record({
      plaintext: fc.uint8Array({ maxLength: 60 }),
      version: fc.stringMatching(/^[0-9]{1,3}\.[0-9]{1,3}$/),
    });
    const { sender, receiver } = twoEnds();
    fc.assert(
      fc.property(fc.array(message, { minLength: 2, maxLength: 5 }), fc.nat(), (messages, shift) => {
        const sealed = messages.map(({ plaintext, version }) => ({
          plaintext,
          version,
          ...sender.seal({ aad: configSealAad(version), plaintext }),
        }));
        const turned = [...sealed.slice(shift % sealed.length), ...sealed];
        for (const one of turned) {
          const opened = receiver.open({ ...one, aad: configSealAad(one.version) });
          expect(opened).toEqual(one.plaintext);
          for (const other of sealed) {
            if (other.sequence !== one.sequence) {
              const renumbered = { ...one, aad: configSealAad(one.version), sequence: other.sequence };
              expect(() => receiver.open(renumbered)).toThrow(cannotOpen);
            }
            if (other.version !== one.version)
              expect(() => receiver.open({ ...one, aad: configSealAad(other.version) })).toThrow(cannotOpen);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 60, '0', null, undefined])(
    'does not open a message with number %s',
    (sequence) => {
      const { sender, receiver } = twoEnds();
      const { sealed } = sender.seal({ aad, plaintext: bytes(5) });
      expect(() => receiver.open({ sequence: sequence as number, aad, sealed })).toThrow(cannotOpen);
      expect(receiver.open({ sequence: 0, aad, sealed })).toEqual(bytes(5));
    },
  );

  it('does not open messages of another encapsulation, mesh, node or epoch', () => {
    const recipient = {
      meshId: parseMeshId('demo'),
      nodeId: parseNodeId('node-a'),
      epochId: parseEpochId(7),
    };
    const { sender } = twoEnds();
    const message = { aad, ...sender.seal({ aad, plaintext: bytes(5) }) };
    const receiverOf = (changes: Partial<typeof recipient>, enc = sender.enc) =>
      setupReceiver({ suite, privateKey, enc, info: epochSealInfo({ ...recipient, ...changes }) });
    expect(receiverOf({}).open(message)).toEqual(bytes(5));
    for (const other of [
      receiverOf({ meshId: parseMeshId('demo2') }),
      receiverOf({ nodeId: parseNodeId('node-b') }),
      receiverOf({ epochId: parseEpochId(8) }),
      receiverOf({}, twoEnds(2).sender.enc),
    ]) {
      expect(() => other.open(message)).toThrow(cannotOpen);
    }
  });

  it('seals up to the last number, and then refuses', () => {
    const contextKey = () => new ContextKey({ key: bytes(32), nonce: bytes(12) });
    const sender = new SenderContext(suite, bytes(32), contextKey(), portableAead, MAX_SEQUENCE - 1);
    const numbers = [1, 2].map(() => sender.seal({ aad, plaintext: bytes(3) }).sequence);
    expect(numbers).toEqual([MAX_SEQUENCE - 1, MAX_SEQUENCE]);
    for (const _ of [1, 2])
      expect(() => sender.seal({ aad, plaintext: bytes(3) })).toThrow(sealError('message_limit'));
  });

  it('is not set up from an enc of another length, nor for another suite', () => {
    const { sender } = twoEnds();
    const enc = sender.enc;
    for (const wrong of [enc.subarray(1), Uint8Array.of(...enc, 0), new Uint8Array(0)])
      expect(() => setupReceiver({ suite, privateKey, enc: wrong, info })).toThrow(cannotOpen);
    for (const other of [...SEAL_SUITES, 'mesh/seal/v9/x'].filter((name) => name !== suite))
      expect(() => setupReceiver({ suite: other as typeof suite, privateKey, enc, info })).toThrow(
        cannotOpen,
      );
  });
});
