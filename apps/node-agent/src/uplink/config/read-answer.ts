// Checks an answer to a config query (signature by a trusted key, mesh, audience) and reads it. Nothing in an
// answer counts before all of that.

import { defined, type MeshId, type NodeId } from '@mesh/primitives';
import {
  type ConfigAnswer,
  type ConfigKeyTrust,
  type ConfigOrNotice,
  isRemovalNotice,
  type RemovalNotice,
} from '@mesh/protocol';
import type { HeldConfig } from '../../plan/held-config.ts';
import type { KemKeys } from '../keys/kem-keys.ts';
import type { ConfigTrust } from './config-trust.ts';
import { type ReadConfig, readConfig } from './read-config.ts';
import type { ReadingNode } from './read-config-peers.ts';
import { findObjection, readNotice } from './read-notice.ts';
import { type Reading, read } from './reading.ts';

/** An answer, and its body as it was received. */
export interface Received {
  readonly body: ConfigOrNotice;
  readonly raw: object;
}

export interface ReadingOptions {
  readonly meshId: MeshId;
  readonly nodeId: NodeId;
  readonly wgPublicKey: ReadingNode['publicKey'];
  /** Of slot b. */
  readonly wgPublicKeyB: ReadingNode['publicKeyB'];
  readonly overlayNetworks: ReadingNode['overlayNetworks'];
  readonly trust: ConfigTrust;
}

export interface ReadAnswer {
  readonly said: Reading<ReadConfig>;
  /** Whether the keys of the answer could be opened; absent if it had no keys. */
  readonly keys?: 'opened' | 'lost';
  /** The keys that configs may be signed with from now on. */
  readonly trust: ConfigKeyTrust;
  /** The one that has signed this answer. */
  readonly signedBy: Uint8Array;
}

/** The answer is not one of this mesh's controller to this node. The message says why. */
export class UntrustedConfig extends Error {}

/**
 * @param held the config that the node holds
 * @throws UntrustedConfig
 */
export function readAnswer(
  received: Received,
  held: HeldConfig | undefined,
  options: ReadingOptions,
  kemKeys: Pick<KemKeys, 'open'>,
): ReadAnswer {
  const { body } = received;
  const checked = options.trust.check(body, received.raw);
  if (checked === undefined)
    throw new UntrustedConfig('its signature is not by a key that the one from enrolment leads to');
  if (body.mesh_id !== options.meshId) throw new UntrustedConfig('it is for another mesh');
  const read = isRemovalNotice(body)
    ? readForMany(body, held, options.nodeId)
    : readOwn(body, options, kemKeys);
  return { ...read, ...checked };
}

type ReadBody = Omit<ReadAnswer, 'trust' | 'signedBy'>;

function readForMany(notice: RemovalNotice, held: HeldConfig | undefined, nodeId: NodeId): ReadBody {
  if (held === undefined) throw new UntrustedConfig('it is a notice, and no config is held');
  const objection = findObjection(notice, held, nodeId);
  if (objection !== undefined) throw new UntrustedConfig(objection);
  return { said: read(readNotice(notice, held)) };
}

function readOwn(body: ConfigAnswer, options: ReadingOptions, kemKeys: Pick<KemKeys, 'open'>): ReadBody {
  if (body.node_id !== options.nodeId) throw new UntrustedConfig('it is for another node');
  const { wgPublicKey, wgPublicKeyB, overlayNetworks } = options;
  const { answer, keys } = withOpenKeys(body, options, kemKeys);
  const said = readConfig(answer, { publicKey: wgPublicKey, publicKeyB: wgPublicKeyB, overlayNetworks });
  return { said, ...defined({ keys }) };
}

/** The answer with its keys opened if that was possible, otherwise as it came. */
function withOpenKeys(
  body: ConfigAnswer,
  { meshId, nodeId }: ReadingOptions,
  kemKeys: Pick<KemKeys, 'open'>,
): { readonly answer: ConfigAnswer; readonly keys?: 'opened' | 'lost' } {
  const { keys, version } = body;
  if (keys === undefined) return { answer: body };
  if (keys.suite === 'none') return { answer: body, keys: 'opened' };
  const sets = kemKeys.open(keys, { meshId, nodeId, version });
  return sets === undefined
    ? { answer: body, keys: 'lost' }
    : { answer: { ...body, keys: { suite: 'none', ...sets } }, keys: 'opened' };
}
