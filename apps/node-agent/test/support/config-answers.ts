// Answers of a controller as an agent gets them, and the result of merging them.

import { formatRfc3339 } from '@mesh/primitives';
import { type ConfigAnswer, type ConfigDelta, configAnswer, type FullConfig } from '@mesh/protocol';
import { parseCidr } from '@mesh/wg';
import type { HeldConfig } from '../../src/plan/held-config.ts';
import { type Merged, mergeConfig } from '../../src/uplink/config/merge-config.ts';
import { readConfig } from '../../src/uplink/config/read-config.ts';
import { epoch, node, pskOf, publicKeyBOf, publicKeyOf, SELF, SELF_B } from './plan-fixtures.ts';

export const NOW = 2_000_000;
const SELF_READING = {
  publicKey: SELF,
  publicKeyB: SELF_B,
  overlayNetworks: [parseCidr('10.9.0.0/24'), parseCidr('fd09::/64')],
};
export const NAMES = ['a', 'b', 'c', 'd'];
export const signature = Buffer.alloc(64, 1).toString('base64');

export const wirePeer = (name: string, key = name) => ({
  node_id: node(name),
  public_keys: { a: publicKeyOf(key) as string },
  endpoint: '192.0.2.1:51820',
  allowed_ips: [`10.9.0.${NAMES.indexOf(name) + 1}/32`],
  class: 'default',
});

export const psks = (epochId: number, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, pskOf(epochId, name) as string]));

export const current = (id: number, names: readonly string[]) => ({
  epoch_id: epoch(id),
  psks: psks(id, names),
});
export const next = (id: number, names: readonly string[], atMs = NOW + 5_000) => ({
  ...current(id, names),
  activate_at: formatRfc3339(atMs),
});

export const keysWithNext = (names: readonly string[], id: number, atMs: number) => ({
  suite: 'none' as const,
  current: current(4, names),
  next: next(id, names, atMs),
});
export const current4 = (name: string) => ({ suite: 'none' as const, current: current(4, [name]) });
export const slotted = (name: string, keyB: string) => ({
  ...wirePeer(name),
  public_keys: { a: publicKeyOf(name) as string, b: publicKeyBOf(keyB) as string },
});

export const common = (version: string) => ({
  mesh_id: 'm' as FullConfig['mesh_id'],
  node_id: node('self'),
  version,
  epoch_id: epoch(1),
  allowed: true,
  reason: 'ok',
  reason_code: 'ok',
  server_time_ms: NOW,
  lease_seconds: 180,
  log_head: { size: 0, root_hash: Buffer.alloc(32).toString('base64') },
  signature,
});

export const full = (names: readonly string[], changes: Partial<FullConfig> = {}): FullConfig => ({
  ...common('v1'),
  interface: { addresses: ['10.9.0.250/24'], mtu: 1420 },
  peers: names.map((name) => wirePeer(name)),
  keys: { suite: 'none', current: current(4, names) },
  ...changes,
});

export const delta = (changes: Partial<ConfigDelta> = {}): ConfigDelta => ({
  ...common('v2'),
  base: 'v1',
  removed: [],
  added: [],
  ...changes,
});

/** The config that is held after an answer, and the faults of the answer if it was merged. */
export function mergeAnswer(
  held: HeldConfig | undefined,
  answer: ConfigAnswer,
): Merged & { readonly faults?: readonly string[] } {
  const { value, faults } = readConfig(answer, SELF_READING);
  const result = mergeConfig(held, value, NOW);
  return result.kind === 'merged' ? { ...result, faults } : result;
}

export function merged(held: HeldConfig | undefined, answer: ConfigAnswer): HeldConfig {
  const result = mergeAnswer(held, configAnswer.parse(answer));
  if (result.kind !== 'merged') throw new Error('a refetch was asked for');
  return result.config;
}

export const peersOf = (config: HeldConfig) => [...config.peers.keys()].sort();
export const epochsOf = (config: HeldConfig) => config.keySets.map((set) => set.epochId);
