// The agent's settings. A flag overrides MESH_AGENT_* in the environment, which overrides the file, which
// overrides the default.

import { type LoadedConfig, loadConfig } from '@mesh/host';
import { parseSlottedInterfaceName } from '@mesh/wg';
import * as z from 'zod';
import { messageOf } from '../errors/agent-error.ts';
import { checkAdvertised } from './advertised-address.ts';
import { portIssues } from './check-ports.ts';
import { seconds } from './fields.ts';
import { measureSettings } from './measure-settings.ts';

const port = z.number().int().min(1).max(65_535);
const refuse = (parse: (value: string) => unknown) => (value: string, context: z.RefinementCtx) => {
  try {
    parse(value);
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) });
  }
};

export const settingsSchema = z.object({
  /** The directory (0700) of keys, certificate, sequences, journal and control socket. */
  state_dir: z.string().min(1).default('/var/lib/mesh-agent'),
  /** The directory, in memory (tmpfs), of what must not survive a reboot. */
  runtime_dir: z.string().min(1).default('/run/mesh-agent'),
  interface: z.string().superRefine(refuse(parseSlottedInterfaceName)).default('mesh0'),
  tunnel: z.enum(['auto', 'kernel', 'userspace', 'dry-run']).default('auto'),
  listen_port: port.default(51_820),
  /** The port of slot b, for strict rotation; by default `listen_port` + 1. */
  listen_port_b: port.optional(),
  /**
   * Addresses at which peers reach this node, most preferred first. If there are none, peers use the address
   * that the controller sees.
   */
  advertise: z
    .array(z.string().superRefine(refuse(checkAdvertised)))
    .max(8)
    .default([]),
  on_controller_loss: z.enum(['close', 'hold']).default('close'),
  /** With `hold`: how long tunnels stay after the end of the lease if the controller does not answer. */
  hold_seconds: z.number().positive().max(604_800).default(3_600),
  guard: z
    .object({
      /**
       * What closes the overlay when the agent dies. `auto`: nftables if it can be used, otherwise nothing.
       */
      mode: z.enum(['auto', 'nftables', 'insecure-off']).default('auto'),
      /**
       * `allow`: this host forwards traffic from and to live peers. An allowed node could then carry the
       * traffic of a denied one.
       */
      forwarding: z.enum(['drop', 'allow']).default('drop'),
    })
    .prefault({}),
  routes: z
    .object({
      /**
       * What to do about other routes or addresses of this host within the overlay's networks. `host-routes`:
       * each peer's own route keeps its traffic in the tunnel. `refuse`: no peer is on the interface while
       * they exist.
       */
      overlap: z.enum(['host-routes', 'refuse']).default('host-routes'),
    })
    .prefault({}),
  /** How often the interface is read and corrected and the host's routes are examined. */
  reconcile_seconds: seconds.default(30),
  /** How long one config query may wait at the controller. */
  wait_seconds: z.number().int().min(1).max(60).default(25),
  metrics: z
    .object({
      /**
       * A port of 127.0.0.1 where anybody on this machine may read the page for Prometheus; 0 takes a free
       * one and writes it to the log. Without it, there is no page.
       */
      port: z.number().int().min(0).max(65_535).optional(),
      /** Whether each peer has series of its own: five for each. */
      per_peer: z.boolean().default(false),
    })
    .prefault({}),
  log_level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  probe: z
    .object({
      /** The UDP port on the overlay address. It must be the same on every node. 0 switches probing off. */
      port: z.number().int().min(0).max(65_535).default(51_871),
      /** Each peer is probed this often, or as often as 25 probes a second allow. */
      interval_seconds: seconds.default(10),
    })
    .prefault({}),
  measure: measureSettings,
  exams: z
    .object({
      /** Whether this node examines others when the controller asks it to. Without, it gives no results. */
      enabled: z.boolean().default(true),
      /** How many questions may be open at a time, over all exams; each service gets one at a time. */
      concurrency: z.number().int().min(1).max(16).default(4),
      /**
       * The time limit of one question. In less than 15 s, a tunnel that works might not be told from one
       * that does not.
       */
      timeout_seconds: z.number().min(15).max(600).default(20),
    })
    .prefault({}),
});

export type AgentSettings = z.output<typeof settingsSchema>;

export interface SettingsInput {
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By dotted path; undefined if a flag is not given. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** The flag of each setting, for messages. */
const FLAG_NAMES: Readonly<Record<string, string>> = {
  state_dir: '--state-dir',
  interface: '--interface',
  tunnel: '--tunnel',
  listen_port: '--listen-port',
  advertise: '--advertise',
  on_controller_loss: '--on-controller-loss',
  'guard.mode': '--guard',
  log_level: '--log-level',
  'measure.interval_seconds': '--interval',
  'measure.canary.endpoint': '--canary-endpoint',
  'measure.canary.suite': '--canary-suite',
  'measure.canary.model': '--canary-model',
  'measure.file.path': '--benchmark-file',
  'measure.url.url': '--benchmark-url',
  'measure.report.path': '--source',
  'measure.report.format': '--source',
  'measure.report.map': '--map',
  'measure.report.model': '--source-model',
  'measure.attestation.path': '--source',
  'measure.prometheus.url': '--source',
  'measure.prometheus.map': '--map',
};

/** @throws HostError `config_unreadable`, `config_invalid` with every problem and its place */
export function loadSettings(input: SettingsInput): AgentSettings {
  return readSettings(input).config;
}

/** The settings, each with where it comes from. @throws as {@link loadSettings} */
export function readSettings({ file, env, flags }: SettingsInput): LoadedConfig<AgentSettings> {
  return loadConfig({
    schema: settingsSchema,
    file: file ?? env.MESH_AGENT_CONFIG,
    env,
    flags,
    flagNames: FLAG_NAMES,
    envPrefix: 'MESH_AGENT_',
    ignoreEnv: ['MESH_AGENT_CONFIG'],
    check: portIssues,
  });
}
