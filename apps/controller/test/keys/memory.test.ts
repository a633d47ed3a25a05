// When an epoch is over, the controller's memory holds nothing of its keys, not even a copy: neither its
// secret, nor the key that all its PSKs derive from, nor what they were sealed with.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  concatBytes,
  copyBytes,
  encodeBase64,
  fromHex,
  lengthPrefixed,
  parseEpochId,
  parseMeshId,
  parseNodeId,
  uint64be,
} from '@mesh/primitives';
import { encapsulateTo, epochSealInfo, parseKemPublicKey } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import { hpkeContextKey } from '../support/hpke-context-key.ts';
import { masked } from '../support/masked-secret.ts';
import { scanMemory } from '../support/scan-memory.ts';

const PROGRAM = fileURLToPath(new URL('../support/rotating-controller.ts', import.meta.url));

const MESH_ID = 'testmesh';
const X_WING_KEM_ID = 0x647a;

interface Told {
  readonly epochId: number;
  /** The epoch secrets in order, masked, as hex. */
  readonly drawn: readonly string[];
  /** The randomness of the encapsulations, masked, as hex. */
  readonly drawnToSeal: readonly string[];
  readonly contexts: readonly { nodeId: string; kemPublicKey: string; epochId: number; enc: string }[];
}

class RotatingController {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = spawn(
      process.execPath,
      ['--conditions=@mesh/source', '--disable-warning=ExperimentalWarning', PROGRAM],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    );
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }
  get pid(): number {
    return this.#child.pid ?? 0;
  }
  async ask(what: 'rotate' | 'plant'): Promise<Told> {
    this.#child.stdin.write(`${what}\n`);
    const { value } = await this.#lines.next();
    return JSON.parse(String(value)) as Told;
  }
  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

const unmask = (hex: string): Uint8Array => masked(fromHex(hex));

/** HKDF-Extract of the key schedule, by node:crypto: the key that an epoch's PSKs derive from. */
function epochKeyOf(secret: Uint8Array, epochId: number): Uint8Array {
  const salt = concatBytes(lengthPrefixed('mesh/psk/v1'), lengthPrefixed(MESH_ID), uint64be(epochId));
  return new Uint8Array(createHmac('sha256', salt).update(secret).digest());
}
/** The inner and outer padded key of HMAC (RFC 2104, section 2). */
const padded = (key: Uint8Array): Uint8Array[] => [0x36, 0x5c].map((pad) => key.map((byte) => byte ^ pad));

/**
 * The shared secrets and keys of the contexts that configs were sealed with, computed again from their
 * randomness.
 */
function contextSecrets({ drawnToSeal, contexts }: Told) {
  return contexts.map(({ nodeId, kemPublicKey, epochId, enc }) => {
    for (const hex of drawnToSeal) {
      const again = encapsulateTo({ ...parseKemPublicKey(kemPublicKey), randomness: unmask(hex) });
      if (encodeBase64(again.enc) !== enc) continue;
      const sharedSecret = again.useUp(copyBytes);
      const info = epochSealInfo({
        meshId: parseMeshId(MESH_ID),
        nodeId: parseNodeId(nodeId),
        epochId: parseEpochId(epochId),
      });
      return { epochId, sharedSecret, key: hpkeContextKey(X_WING_KEM_ID, sharedSecret, info) };
    }
    throw new Error(`nothing that was drawn gives the encapsulation for ${nodeId}`);
  });
}

describe.runIf(process.platform === 'linux')('the memory of a controller', () => {
  it('holds the secret of the epoch in force, and no secret of an epoch that is over, unless a copy was planted', async () => {
    using controller = new RotatingController();
    const rounds = [];
    for (let round = 0; round < 4; round++) rounds.push(await controller.ask('rotate'));
    const secrets = (rounds.at(-1)?.drawn ?? []).map(unmask);
    const epochId = rounds.at(-1)?.epochId ?? 0;
    expect(secrets).toHaveLength(epochId);
    const { counts, scannedBytes } = scanMemory(controller.pid, secrets);
    expect(scannedBytes).toBeGreaterThan(20_000_000);
    expect(counts.at(-1)).toBeGreaterThan(0);
    expect(counts.slice(0, -1)).toEqual(counts.slice(0, -1).map(() => 0));
    // Positive control: the scan finds a copy that outlives its epoch.
    await controller.ask('plant');
    await controller.ask('rotate');
    const after = scanMemory(controller.pid, secrets).counts;
    expect(after.at(-1)).toBeGreaterThan(0);
    expect(after.slice(0, -1)).toEqual(after.slice(0, -1).map(() => 0));
  });

  it('holds what the configs of the epoch in force are sealed with, and nothing of this for an epoch that is over', async () => {
    using controller = new RotatingController();
    let told = await controller.ask('rotate');
    for (let round = 0; round < 3; round++) told = await controller.ask('rotate');
    const contexts = contextSecrets(told);
    expect(contexts).toHaveLength(8);
    const inForce = contexts.map(({ epochId }) => epochId === told.epochId);
    expect(inForce.filter(Boolean)).toHaveLength(2);
    const keys = scanMemory(
      controller.pid,
      contexts.map(({ key }) => key),
    ).counts;
    expect(keys.map((count) => count > 0)).toEqual(inForce);
    // A shared secret is wiped when its context has been set up.
    const shared = scanMemory(
      controller.pid,
      contexts.map(({ sharedSecret }) => sharedSecret),
    ).counts;
    expect(shared).toEqual(shared.map(() => 0));
  });

  it('never holds the key that an epoch’s PSKs derive from as bytes, only as the state of a hash', async () => {
    using controller = new RotatingController();
    await controller.ask('rotate');
    const { drawn } = await controller.ask('rotate');
    const keys = drawn.map((hex, at) => epochKeyOf(unmask(hex), at + 1));
    const { counts } = scanMemory(
      controller.pid,
      keys.flatMap((key) => [key, ...padded(key)]),
    );
    expect(counts).toEqual(counts.map(() => 0));
  });
});
