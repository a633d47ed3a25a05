// A node's configuration: `GET /v1/config/{node_id}`. It is complete, or the difference from a version that
// the node has. The controller's config key signs it, alone (kind `config`) or together with others (kind
// `config_batch`); the node pinned that key, or the first one before it, at enrolment.

import * as z from 'zod';
import { examId } from '../exam-ids.ts';
import * as field from '../fields.ts';
import { configKeyLists } from './config-key-list.ts';
import { MAX_OPEN_ASSIGNMENTS } from './exam.ts';
import { logHead, logIdentity, logProof } from './log.ts';

/**
 * How both ends of a pair use slot b while slot a carries the mesh. `send`: send on it as soon as there is a
 * session. `receive`: take packets on it, and send on slot a as soon as there is a session. Absent: not at
 * all.
 */
export const useOfSlotB = z.enum(['send', 'receive']);
export type UseOfSlotB = z.infer<typeof useOfSlotB>;

export const configPeer = z.strictObject({
  node_id: field.nodeId,
  /**
   * WireGuard's. Only the form is checked here. The reader checks each key as a point (`parseWgPublicKey`
   * of @mesh/wg), because a peer that cannot be used must not cost the node its whole config.
   */
  public_keys: field.perSlot(field.base64Of(32)),
  /** `address:port` of slot a, or null if the peer must send the first packet. */
  endpoint: z.string().max(64).nullable(),
  /** The same for slot b; absent if the peer has no slot b. */
  endpoint_b: z.string().max(64).nullable().optional(),
  allowed_ips: z.array(z.string().max(64)).min(1).max(64),
  class: z.string().max(64),
  limit: z.strictObject({ bits_per_second: z.number().int().min(1) }).optional(),
  /** Only with rotation in place, and only in answers to queries that take moves between slots. */
  use_slot_b: useOfSlotB.optional(),
  /**
   * The pair may use only TCP to and from this port of the end that `service_of` names: a probation tunnel
   * between an examiner and a node that is not admitted. Both are there or neither. Only in answers to
   * queries that take part in exams.
   */
  service_port: field.port.optional(),
  /** Whose port it is: that of the node that the config is for, or that of this peer. */
  service_of: z.enum(['self', 'peer']).optional(),
});
export type ConfigPeer = z.infer<typeof configPeer>;

/**
 * PSKs by peer. The peers' ids are checked like all ids, because they become keys of maps and parts of
 * messages.
 */
const psks = z.record(field.nodeId, field.base64Of(32));

export const epochKeys = z.strictObject({ epoch_id: field.epochId, psks });
export const nextEpochKeys = z.strictObject({ epoch_id: field.epochId, activate_at: field.timestamp, psks });
export type NextEpochKeys = z.infer<typeof nextEpochKeys>;

/** A node's pair PSKs, by peer. `current` is absent between a controller's start and its first boundary. */
const keySets = { current: epochKeys.optional(), next: nextEpochKeys.optional() };

/** The content of `sealed`, as RFC 8785 JSON. */
export const sealedKeySets = z.strictObject(keySets);
export type SealedKeySets = z.infer<typeof sealedKeySets>;

/** Keys in the clear, which only mutual TLS protects. */
const unsealedKeys = z.strictObject({ suite: z.literal('none'), ...keySets });

/** Enough for 10,000 peers in two epochs. */
const MAX_SEALED_BYTES = 4 * 1024 * 1024;

/**
 * Sealed to the key that the node sent with its newest accepted benchmark. `suite` fixes every byte
 * (see @mesh/seal). One encapsulation serves all configs of an epoch to a node: `enc` and `epoch_id` name the
 * context, `sequence` the message in it. The context's `info` is `epochSealInfo` of this mesh, node and
 * epoch; the message's `aad` is `configSealAad` of this version.
 */
const sealedBy = <Suite extends string>(suite: Suite, encLengthBytes: number) =>
  z.strictObject({
    suite: z.literal(suite),
    kem_key_id: field.kemKeyId,
    /** The oldest epoch whose keys are inside. When that epoch is over, the context is gone. */
    epoch_id: field.epochId,
    enc: field.base64Of(encLengthBytes),
    sequence: field.count.max(Number.MAX_SAFE_INTEGER),
    sealed: field.base64UpTo(MAX_SEALED_BYTES),
  });

/** Without `current`, or without keys at all, the node keeps its keys. */
export const configKeys = z.discriminatedUnion('suite', [
  unsealedKeys,
  sealedBy('mesh/seal/v1/x-wing', 1120),
  sealedBy('mesh/seal/v1/x25519', 32),
]);
export type UnsealedKeys = z.infer<typeof unsealedKeys>;
export type ConfigKeys = z.infer<typeof configKeys>;
export type SealedKeys = Exclude<ConfigKeys, UnsealedKeys>;

/**
 * How keys change. `in_place`: one interface, whose PSKs are replaced under live sessions. `strict`: two
 * interfaces, slots a and b, and new sessions for every epoch, made before the old ones are broken.
 */
export const rotation = z.enum(['in_place', 'strict']);
export type Rotation = z.infer<typeof rotation>;

/** A month: far longer than any planned maintenance, far shorter than what a timer can count. */
const MAX_LEASE_SECONDS = 31 * 86_400;

export const leaseSeconds = field.count.min(1).max(MAX_LEASE_SECONDS);
/** How many configs one signature covers at most. */
export const MAX_BATCH_SIZE = 1024;
const MAX_PATH_LENGTH = Math.log2(MAX_BATCH_SIZE);

/**
 * The place of a config among those that were signed together. `path` leads from its leaf to the root that
 * the signature covers (see `verifyConfig`).
 */
export const configBatch = z.strictObject({
  size: z.number().int().min(2).max(MAX_BATCH_SIZE),
  index: field.count.max(MAX_BATCH_SIZE - 1),
  path: z.array(field.base64Of(32)).min(1).max(MAX_PATH_LENGTH),
});
export type ConfigBatch = z.infer<typeof configBatch>;

const common = {
  mesh_id: field.meshId,
  node_id: field.nodeId,
  /** Opaque; send it back to learn of the next change. */
  version: field.opaque(1, 64),
  epoch_id: field.epochId,
  allowed: z.boolean(),
  reason: z.string().max(512),
  reason_code: z.string().max(64),
  server_time_ms: field.instantMs.int(),
  /** How long the config is valid; docs/protocol.md says from when. */
  lease_seconds: leaseSeconds,
  challenge: field.opaque(1, 64).optional(),
  /** Absent: `in_place`. */
  rotation: rotation.optional(),
  /**
   * How long before its boundary an epoch is published; the steps of strict rotation are shares of this time.
   */
  lead_ms: z.number().int().min(1).max(86_400_000).optional(),
  /**
   * The newest head of the log that the controller has signed and shows to nodes. The config's signature
   * covers it.
   */
  log_head: logHead,
  /** Only in answers to queries that name the size of a head, and if the head has another size. */
  log_proof: logProof.optional(),
  /** Only in answers to queries that ask for it. */
  log: logIdentity.optional(),
  /**
   * The lists of config keys that are newer than what the agent's query named, the oldest first. Only in
   * answers to queries that name one.
   */
  config_key_lists: configKeyLists.optional(),
  /** The caller's open assignments as an examiner. Only in answers to queries that take part in exams. */
  exams: z.array(examId).max(MAX_OPEN_ASSIGNMENTS).optional(),
  /** Only under --insecure-poc-compat. */
  psk_base64: field.base64Of(32).optional(),
  /** Only in answers to queries that take batches. Absent: the signature is over this config alone. */
  batch: configBatch.optional(),
  signature: field.signature,
};

export const fullConfig = z.strictObject({
  ...common,
  /** The node's own class; only in answers to queries that take removal notices. */
  class: z.string().max(64).optional(),
  interface: z.strictObject({
    addresses: z.array(z.string().max(64)).min(1).max(8),
    mtu: z.number().int().min(576).max(9000),
  }),
  peers: z.array(configPeer),
  keys: configKeys.optional(),
});
export type FullConfig = z.infer<typeof fullConfig>;

export const configDelta = z.strictObject({
  ...common,
  base: field.opaque(1, 64),
  removed: z.array(field.nodeId),
  /** New peers, and known peers whose fields changed. */
  added: z.array(configPeer),
  /**
   * Present when keys changed. If the node holds the epoch that `current` or `next` names, they add to its
   * keys; if not, they replace. A delta that only removes carries none.
   */
  keys: configKeys.optional(),
});
export type ConfigDelta = z.infer<typeof configDelta>;

export const configAnswer = z.union([fullConfig, configDelta]);
export type ConfigAnswer = z.infer<typeof configAnswer>;

/** Whether an answer is a difference from a version that the node has. */
export function isDelta(config: ConfigAnswer): config is ConfigDelta {
  return 'base' in config;
}
