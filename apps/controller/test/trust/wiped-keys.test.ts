// The controller's private keys, and what enrolment proves possession with, do not stay in memory once they
// are not needed.

import { randomBytes, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import { openSqlite, platformX25519 } from '@mesh/host';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { migrations } from '../../src/store/migrations/index.ts';
import type { Sealer } from '../../src/trust/at-rest-sealer.ts';
import { createControllerKeys, openControllerKeys } from '../../src/trust/controller-keys.ts';
import { EnrolmentChallenges } from '../../src/trust/enrolment-challenges.ts';
import { createNextLogPair } from '../../src/trust/log-key-pair.ts';
import { openLogKeys } from '../../src/trust/stored-log-keys.ts';
import { newDirectory, removeDirectory, sealerOf } from '../support/journal.ts';

/** Every private key and proof that the code under test had in memory, and what it held then. */
const secrets = vi.hoisted(() => [] as { readonly memory: Uint8Array; readonly held: string }[]);
const remember = vi.hoisted(() => (memory: Uint8Array) => {
  secrets.push({ memory, held: Buffer.from(memory).toString('hex') });
});

vi.hoisted(() => vi.resetModules());
afterAll(() => void vi.resetModules());

vi.mock('node:crypto', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:crypto')>();
  return {
    ...real,
    createPrivateKey: (options: Parameters<typeof real.createPrivateKey>[0]) => {
      if (typeof options === 'object' && 'key' in options && options.key instanceof Uint8Array)
        remember(options.key);
      return real.createPrivateKey(options);
    },
  };
});

vi.mock('@mesh/protocol', async (importOriginal) => {
  const real = await importOriginal<typeof import('@mesh/protocol')>();
  return {
    ...real,
    possessionProof: (claim: Parameters<typeof real.possessionProof>[0]) => {
      remember(claim.sharedSecret);
      const proof = real.possessionProof(claim);
      remember(proof);
      return proof;
    },
  };
});

/** They were there, and every byte of them is zero now. */
function expectWiped(count: number): void {
  expect(secrets).toHaveLength(count);
  for (const { memory, held } of secrets) {
    expect(held).not.toMatch(/^0*$/);
    expect(memory.every((byte) => byte === 0)).toBe(true);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
  secrets.length = 0;
});

describe('the keys of a controller', () => {
  /** Remembers what passes through it. */
  function watched(sealer: Sealer): Sealer {
    return {
      seal: (purpose, subject, plaintext) => {
        remember(plaintext);
        return sealer.seal(purpose, subject, plaintext);
      },
      open: (purpose, subject, sealed) => {
        const plaintext = sealer.open(purpose, subject, sealed);
        remember(plaintext);
        return plaintext;
      },
    };
  }
  async function withDatabase(use: (db: ReturnType<typeof openSqlite>) => Promise<void>): Promise<void> {
    const directory = newDirectory();
    const db = openSqlite(join(directory, 'controller.db'), { migrations });
    await use(db).finally(() => {
      db.close();
      removeDirectory(directory);
    });
  }
  const sealer = watched(sealerOf(new Uint8Array(32).fill(7)));

  it('are wiped once they are sealed, and again once they are opened; a key given to the platform is no copy', () =>
    withDatabase(async (db) => {
      await createControllerKeys(db, sealer, 'm', Date.now());
      expectWiped(3);
      const made = secrets.splice(0).map(({ held }) => held);
      const keys = await openControllerKeys(db, sealer, 'm');
      expect(keys.config.sign(new Uint8Array(1))).toHaveLength(64);
      // Two were opened, and one of them was given to the platform.
      expectWiped(3);
      const opened = secrets.splice(0).map(({ held }) => held);
      // The first key of the log is opened, and the one beside it is made, sealed and opened.
      openLogKeys(db, sealer, 'm');
      expectWiped(3);
      opened.push(...secrets.map(({ held }) => held));
      expect(new Set(opened)).toEqual(new Set([...made, secrets[0]?.held]));
    }));

  it('of the log that are to take over are wiped once they are sealed', () => {
    createNextLogPair('m', sealer);
    expectWiped(1);
  });

  it('that were made where there are keys already are wiped too', () =>
    withDatabase(async (db) => {
      await createControllerKeys(db, sealer, 'm', Date.now());
      secrets.length = 0;
      const exportKey = vi.spyOn(webcrypto.subtle, 'exportKey');
      await createControllerKeys(db, sealer, 'm', Date.now());
      const exported = exportKey.mock.calls.findIndex(([format]) => format === 'pkcs8');
      const pkcs8 = await (exportKey.mock.results[exported]?.value as Promise<ArrayBuffer>);
      expect(pkcs8.byteLength).toBeGreaterThan(32);
      expect(new Uint8Array(pkcs8).every((byte) => byte === 0)).toBe(true);
    }));

  it('that cannot be sealed are wiped too', () =>
    withDatabase(async (db) => {
      const failing: Sealer = {
        ...sealer,
        seal: (_purpose, _subject, plaintext) => {
          remember(plaintext);
          throw new Error('not today');
        },
      };
      await expect(createControllerKeys(db, failing, 'm', Date.now())).rejects.toThrow('not today');
      expectWiped(1);
    }));
});

describe('the proof of possession that is expected', () => {
  const claimOf = (challenges: EnrolmentChallenges) => {
    const { challengeId } = challenges.create(0);
    const wgPublicKey = platformX25519.publicKeyOf(new Uint8Array(randomBytes(32)));
    // The node's own key passed by.
    secrets.length = 0;
    return {
      challengeId,
      nodeId: 'node-a',
      identityKey: new Uint8Array(32).fill(1),
      slot: 'a' as const,
      wgPublicKey,
    };
  };

  it('is wiped with the shared secret once it was compared', () => {
    const challenges = new EnrolmentChallenges((length) => new Uint8Array(randomBytes(length)));
    expect(challenges.verify(claimOf(challenges), new Uint8Array(32))).toBe(false);
    expectWiped(2);
  });

  it('cannot be made from a claim that is cut short; the shared secret is wiped', () => {
    const challenges = new EnrolmentChallenges((length) => new Uint8Array(randomBytes(length)));
    const claim = { ...claimOf(challenges), identityKey: new Uint8Array(31) };
    expect(() => challenges.verify(claim, new Uint8Array(32))).toThrow('identityKey');
    expectWiped(1);
  });
});
