// The key-encapsulation key of a test node. The node sends the public key with its benchmarks, and the
// private key opens its configs.

import { randomBytes } from 'node:crypto';
import { platformAead, platformX25519 } from '@mesh/host';
import { decodeBase64, type MeshId, type NodeId, parseStrictJson } from '@mesh/primitives';
import {
  type ConfigAnswer,
  type ConfigDelta,
  type FullConfig,
  sealedKeySets,
  type UnsealedKeys,
} from '@mesh/protocol';
import {
  configSealAad,
  DEFAULT_SUITE,
  encodeKemPublicKey,
  epochSealInfo,
  generateKemKeyPair,
  type KemPrivateKey,
  kemSeedLength,
  type SealSuite,
  setupReceiver,
} from '@mesh/seal';

type WithOpenKeys<T> = Omit<T, 'keys'> & { readonly keys?: UnsealedKeys };
export type OpenedFull = WithOpenKeys<FullConfig>;
export type OpenedDelta = WithOpenKeys<ConfigDelta>;
/** An answer whose keys, if it has any, can be read. */
export type OpenedAnswer = OpenedFull | OpenedDelta;

export class NodeKem {
  readonly privateKey: KemPrivateKey;
  /** The public key as benchmarks carry it. */
  readonly publicKeyText: string;

  constructor(suite: SealSuite = DEFAULT_SUITE) {
    const pair = generateKemKeyPair(suite, randomBytes(kemSeedLength(suite)), platformX25519);
    this.privateKey = pair.privateKey;
    this.publicKeyText = encodeKemPublicKey({ suite, publicKey: pair.publicKey });
  }
}

/** @throws SealError if none of the keys opens it */
export function openAnswer(answer: ConfigAnswer, kems: readonly NodeKem[]): OpenedAnswer {
  const { keys, ...rest } = answer;
  if (keys === undefined) return rest;
  if (keys.suite === 'none') return { ...rest, keys };
  const kem = kems.find(({ privateKey }) => privateKey.keyId === keys.kem_key_id) ?? kems.at(-1);
  if (kem === undefined) throw new Error('the node has no key of its own, and its config is sealed');
  const text = openKeys(answer, kem.privateKey);
  return { ...rest, keys: { suite: 'none', ...sealedKeySets.parse(parseStrictJson(text)) } };
}

/** The text inside the sealed keys of an answer. @throws SealError `cannot_open` */
export function openKeys(answer: ConfigAnswer, privateKey: KemPrivateKey): string {
  const { mesh_id, node_id, version, keys } = answer;
  if (keys === undefined || keys.suite === 'none') throw new Error('nothing in it is sealed');
  using context = setupReceiver(
    {
      suite: keys.suite,
      privateKey,
      enc: decodeBase64(keys.enc),
      info: epochSealInfo({
        meshId: mesh_id as MeshId,
        nodeId: node_id as NodeId,
        epochId: keys.epoch_id,
      }),
    },
    platformX25519,
    platformAead,
  );
  const { sequence } = keys;
  const opened = context.open({ sequence, aad: configSealAad(version), sealed: decodeBase64(keys.sealed) });
  return new TextDecoder().decode(opened);
}
