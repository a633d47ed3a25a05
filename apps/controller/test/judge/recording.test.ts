// An attacker has a plaintext recording of the whole control channel and later all keys that controller and
// nodes keep. None of it opens the keys of an epoch that is over.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@mesh/host/test-kit';
import { type EpochId, parseStrictJson } from '@mesh/primitives';
import { type ConfigAnswer, configAnswer, pathOf } from '@mesh/protocol';
import { commitEpochSecret, EpochSecret } from '@mesh/psk';
import { generateKemKeyPair, type KemPrivateKey, SEAL_SUITES } from '@mesh/seal';
import { describe, expect, it } from 'vitest';
import { openDatabase, openSealer } from '../../src/store/open-store.ts';
import {
  enrolTestNode,
  openKeys,
  openNextEpoch,
  startTestController,
  type TestNode,
} from '../support/index.ts';
import { fullConfig } from '../support/running-mesh.ts';

/** What the attacker has: texts and bytes from any source. */
type Loot = readonly Uint8Array[];

const OLD_EPOCHS = 3;

/**
 * Every sequence of 32 bytes that could be a key: at any offset, as bytes, in base64, in hex.
 */
function* candidates(loot: Loot): Iterable<Uint8Array> {
  for (const piece of loot) {
    if (piece.length >= 32 && piece.length <= 128)
      for (let at = 0; at + 32 <= piece.length; at++) yield new Uint8Array(piece.subarray(at, at + 32));
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
    for (const [base64] of text.matchAll(/[A-Za-z0-9+/]{43}=/g))
      yield new Uint8Array(Buffer.from(base64, 'base64'));
    for (const [base64url] of text.matchAll(/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g))
      yield new Uint8Array(Buffer.from(base64url, 'base64url'));
    for (const [hex] of text.matchAll(/[0-9a-f]{64}/g)) yield new Uint8Array(Buffer.from(hex, 'hex'));
  }
}

interface Past {
  readonly configs: readonly ConfigAnswer[];
  /** Commitments of the epochs that are over, by epoch. */
  readonly commitments: ReadonlyMap<EpochId, string>;
}

/** Tries every possible key in every role that would open the past. @returns what the attack opened */
function attack(loot: Loot, live: readonly KemPrivateKey[], { configs, commitments }: Past): string[] {
  const found: string[] = [];
  const keys = [...live];
  const seen = new Set<string>();
  for (const candidate of candidates(loot)) {
    const hex = Buffer.from(candidate).toString('hex');
    if (seen.has(hex) || candidate.every((byte) => byte === 0)) continue;
    seen.add(hex);
    for (const [epochId, commitment] of commitments) {
      const epochSecret = EpochSecret.own(candidate.slice());
      if (commitEpochSecret({ epochId, epochSecret }) === commitment) found.push(`the secret of ${epochId}`);
    }
    for (const suite of SEAL_SUITES) keys.push(generateKemKeyPair(suite, candidate.slice()).privateKey);
  }
  for (const config of configs) {
    const { keys: sealed } = config;
    const fitting = keys.filter((key) => sealed?.suite !== 'none' && key.keyId === sealed?.kem_key_id);
    for (const key of fitting) found.push(openKeys(config, key));
  }
  return found;
}

function filesOf(folder: string): Uint8Array[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => new Uint8Array(readFileSync(join(entry.parentPath, entry.name))));
}

/** Sends a config query over a connection whose plaintext is recorded. */
async function tapped(node: TestNode, recording: Uint8Array[]): Promise<ConfigAnswer> {
  const url = `${node.controller.nodesUrl}${pathOf('config', node.nodeId)}?instance=${node.instanceId}`;
  const text = await (await node.fetch(url, { method: 'GET' })).text();
  recording.push(Buffer.from(text));
  return configAnswer.parse(parseStrictJson(text));
}

describe('a recording of the control channel and all long-term keys', () => {
  it('opens nothing of an epoch that is over; the key that the node has discarded would', async () => {
    const clock = new FakeClock({ nowMs: Date.now() });
    const config = { insecure_unsealed_keys: false };
    await using controller = await startTestController({ clock, config });
    const nodes = [
      await enrolTestNode(controller, 'node-a', { sealing: 'mesh/seal/v1/x25519' }),
      await enrolTestNode(controller, 'node-b', { sealing: 'mesh/seal/v1/x-wing' }),
    ];
    const recording: Uint8Array[] = [];
    const configs: ConfigAnswer[] = [];
    const applied = new Set<string>();
    const commitments = new Map<EpochId, string>();
    for (let epoch = 0; epoch < OLD_EPOCHS; epoch++) {
      for (const node of nodes) {
        node.renewKem();
        const body = node.benchmark(0.9);
        recording.push(Buffer.from(JSON.stringify(body)));
        await node.client.submitBenchmark(body);
      }
      await openNextEpoch(controller);
      for (const node of nodes) {
        configs.push(await tapped(node, recording));
        for (const psk of Object.values((await fullConfig(node)).keys?.current?.psks ?? {})) applied.add(psk);
      }
    }
    for (const { epochId, commitment } of controller.running.services.view.epochs())
      commitments.set(epochId, commitment);
    // Another epoch begins, so the earlier ones are over.
    for (const node of nodes) await node.submit(0.9);
    await openNextEpoch(controller);
    expect(applied.size).toBe(OLD_EPOCHS);
    expect(configs.every(({ keys }) => keys?.suite.startsWith('mesh/seal/'))).toBe(true);
    await controller.stop();

    const db = openDatabase(controller.config);
    const sealer = openSealer(controller.config);
    const unsealed = (
      db.prepare('SELECT name, sealed FROM sealed_secrets').all() as { name: string; sealed: Uint8Array }[]
    ).map(({ name, sealed }) => new Uint8Array(sealer.open('controller-key', name, sealed)));
    db.close();
    expect(unsealed).toHaveLength(4);
    const nodeKeys = nodes.flatMap(({ keys }) => [keys.seed, keys.wgPrivate, Buffer.from(keys.keyPem)]);
    const loot = [...recording, ...filesOf(controller.directory), ...unsealed, ...nodeKeys];
    // Positive control: the nodes' own keys are among the candidates.
    const tried = new Set([...candidates(loot)].map((candidate) => Buffer.from(candidate).toString('hex')));
    for (const { keys } of nodes) expect(tried.has(Buffer.from(keys.wgPrivate).toString('hex'))).toBe(true);
    expect(tried.size).toBeGreaterThan(100);

    const past = { configs, commitments };
    expect(attack(loot, [], past)).toEqual([]);
    for (const psk of applied) {
      const forms = [
        Buffer.from(psk),
        Buffer.from(psk, 'base64'),
        Buffer.from(Buffer.from(psk, 'base64').toString('hex')),
      ];
      for (const form of forms) expect(loot.some((piece) => Buffer.from(piece).includes(form))).toBe(false);
    }
    // Positive control: with the keys that were only in memory, the same attack opens everything.
    const live = nodes.flatMap(({ kems }) => kems.map(({ privateKey }) => privateKey));
    const opened = attack(loot, live, past).join('\n');
    for (const psk of applied) expect(opened).toContain(psk);
  });
});
