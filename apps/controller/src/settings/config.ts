// The controller's configuration: file, environment and flags in one schema with one set of defaults.

import { createHash } from 'node:crypto';
import { checks } from '@mesh/host';
import type { ConfiguredPolicy, LimitPolicy } from '@mesh/membership';
import { canonicalJson, parseMeshId, parseNodeId, sha256Hex } from '@mesh/primitives';
import { officerEntries, requiredSignatures, rotation } from '@mesh/protocol';
import type { Policy } from '@mesh/scoring';
import { ipFamily } from '@mesh/wg';
import * as z from 'zod';
import { checkNodesUrl, checkPublicName } from './address-forms.ts';
import { alertsSetting } from './alerts-setting.ts';
import { brakeSetting } from './brake-setting.ts';
import { checkOverlayNetwork } from './check-networks.ts';
import { dashboardSetting } from './dashboard-setting.ts';
import { adminCertificates, listener, port, trustedProxies } from './door-settings.ts';
import { limitsSetting } from './limits-setting.ts';
import { logSetting } from './log-setting.ts';
import { masterKeySettings } from './master-key-settings.ts';
import { metricsSetting } from './metrics-setting.ts';
import { givenPolicy, readPolicy } from './read-policy.ts';
import { retentionSetting } from './retention-setting.ts';

const limitBitsPerSecond = z.number().int().min(1);

/** Where meshctl looks for the socket, too. */
export const DEFAULT_DATA_DIR = '/var/lib/aligned-mesh';

export const controllerConfig = z.strictObject({
  mesh_id: z.string().default('mesh').superRefine(checks(parseMeshId)),
  /** The directory of database, lock, status file and socket. */
  data_dir: z.string().min(1, 'write the path of a directory').default(DEFAULT_DATA_DIR),
  ...masterKeySettings,
  /** The names and addresses at which nodes reach this controller. Its certificate contains them. */
  public_names: z
    .array(z.string().superRefine(checks(checkPublicName)))
    .min(1)
    .default(['localhost', '127.0.0.1']),
  /** The URL of the nodes listener for enrolled nodes; by default it is made from the first public name. */
  nodes_url: z.string().superRefine(checks(checkNodesUrl)).optional(),
  nodes: listener(8443).prefault({}),
  public: listener(8444).prefault({}),
  epoch_seconds: z.number().min(1).max(86_400).default(60),
  /** `strict`: each node has two interfaces, and each epoch a new session. */
  rotation: rotation.default('in_place'),
  lease_seconds: z.number().int().min(2).max(86_400).default(180),
  certificate_hours: z
    .number()
    .min(0.01)
    .max(24 * 90)
    .default(24),
  networks: z
    .array(z.string().superRefine(checks(checkOverlayNetwork)))
    .min(1)
    .max(2)
    .superRefine((networks, context) => {
      if (new Set(networks.map(ipFamily)).size < networks.length)
        context.addIssue({ code: 'custom', message: 'at most one network of each address family' });
    })
    .default(['10.77.0.0/16']),
  mtu: z.number().int().min(576).max(9000).default(1420),
  /**
   * Groups of classes whose nodes are peers of each other. Without groups, every node is a peer of every
   * other.
   */
  peer_groups: z.record(z.string(), z.array(z.string()).min(1)).default({}),
  /**
   * The limit, in each direction, of a pair with a node of the class, and how many nodes the class may have.
   * The classes are those of the policy.
   */
  classes: z
    .record(
      z.string(),
      z.strictObject({
        limit_bits_per_second: limitBitsPerSecond.optional(),
        /** How many nodes that are not revoked the class may have. */
        max_nodes: z.number().int().min(0).optional(),
      }),
    )
    .default({}),
  /** The limit of a node that comes back after a denial, in its first `epochs` epochs. */
  probation: z
    .strictObject({ limit_bits_per_second: limitBitsPerSecond, epochs: z.number().int().min(1).max(100_000) })
    .optional(),
  /**
   * The limit of a pair with a declining node: a node in the warning band, `policy.declining`.
   */
  declining: z.strictObject({ limit_bits_per_second: limitBitsPerSecond }).optional(),
  /** Which nodes may enrol, beside the join tokens, and whether they wait. */
  enrolment: z
    .strictObject({
      /** Every new node waits until an operator approves it. */
      approve: z.boolean().default(false),
      /** Only these ids may enrol; without the list, any may. */
      allow: z
        .array(z.string().superRefine(checks(parseNodeId)))
        .max(10_000)
        .optional(),
      /** How many nodes may be enrolled from one source address (IPv6: one /64). */
      nodes_per_address: z.number().int().min(1).optional(),
    })
    .prefault({}),
  /**
   * The first officers of the mesh: people whose signatures critical operations need
   * (`meshctl officers keygen`). From the first start that finds any here, only officers change them.
   */
  officers: officerEntries.default([]),
  /** How many of them have to sign; by default more than half. */
  officers_required: requiredSignatures.optional(),
  /** How many nodes one cause may cut within a window. What is above is held in, limited, for a while. */
  brake: brakeSetting.prefault({}),
  /** How long what may be erased is kept. */
  retention: retentionSetting.prefault({}),
  /** PEM: the CA whose client certificates may administer the mesh over the network. Not the mesh's own. */
  admin_ca_file: z.string().min(1, 'write the path of a file').optional(),
  /** The roles of certificates of that CA, by the common name of their subject. Others have none. */
  admin_certificates: adminCertificates.default([]),
  /** Passed unchanged to the scoring policy; see @mesh/scoring. */
  policy: z.record(z.string(), z.unknown()).default({}),
  threshold: z.number().min(0).max(1).optional(),
  max_benchmark_age_seconds: z.number().min(1).optional(),
  limits: limitsSetting.prefault({}),
  /** Who may say for whom they connect. Nobody else is believed. */
  trusted_proxies: trustedProxies.default([]),
  log: logSetting.prefault({}),
  metrics: metricsSetting.prefault({}),
  dashboard: dashboardSetting.prefault({}),
  /** Who is told of cuts and the like when they happen. */
  alerts: alertsSetting.prefault({}),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Gives nodes that send no key to seal to their keys unsealed, protected by mutual TLS alone. */
  insecure_unsealed_keys: z.boolean().default(false),
  /** Serves the proof of concept's clients, which sign nothing, on a listener of their own. */
  insecure_poc_compat: z.boolean().default(false),
  poc: z
    .strictObject({
      /** Only this machine: what comes in is neither authenticated nor encrypted. */
      host: z.enum(['127.0.0.1', '::1']).default('127.0.0.1'),
      port: port.default(8080),
      /** The nodes that may submit. */
      nodes: z
        .array(z.string().superRefine(checks(parseNodeId)))
        .min(1)
        .max(256)
        .default(['node-a', 'node-b', 'node-c']),
    })
    .prefault({}),
});

export type ControllerConfig = z.output<typeof controllerConfig>;

/**
 * Reads the scoring policy of a configuration and checks that it fits the other settings. Returns only a
 * policy without any issue.
 *
 * @throws Error with the first issue of the policy, the peer groups, the limits or the rotation
 */
export function policyOf(config: ControllerConfig): Policy {
  const { policy, issues } = readPolicy(config);
  const [first] = issues;
  if (policy === undefined || first !== undefined)
    throw new Error(`${first?.paths[0]?.map(String).join('.')}: ${first?.message}`);
  return policy;
}

/** The policy of a configuration that the checks accepted, and the hash of how it is written there. */
export function configuredPolicyOf(config: ControllerConfig): ConfiguredPolicy {
  const given = canonicalJson(JSON.parse(JSON.stringify(givenPolicy(config))));
  return {
    policy: policyOf(config),
    configurationHash: sha256Hex(createHash('sha256').update(given).digest()),
  };
}

/** The limits of classes, probation and decline, from a configuration that {@link policyOf} accepted. */
export function limitPolicyOf({ classes, probation, declining, brake }: ControllerConfig): LimitPolicy {
  const limited = Object.entries(classes).flatMap(([name, { limit_bits_per_second: limit }]) =>
    limit === undefined ? [] : [[name, limit] as const],
  );
  return {
    classes: new Map(limited),
    probation: probation && { bitsPerSecond: probation.limit_bits_per_second, epochs: probation.epochs },
    declining: declining?.limit_bits_per_second,
    brake: brake.limit_bits_per_second,
  };
}

/** Environment variables without the prefix. They are accepted because the proof of concept had them. */
export const environmentAliases = {
  THRESHOLD: 'threshold',
  EPOCH_SECONDS: 'epoch_seconds',
  MAX_BENCHMARK_AGE: 'max_benchmark_age_seconds',
} as const;
