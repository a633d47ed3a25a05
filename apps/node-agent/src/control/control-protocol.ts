// The routes and answers of the control socket, except the status.

import type { KeyPart } from '../identity/key-files.ts';
import type { LogHeadStatus } from '../status/agent-status.ts';

export const controlRoutes = {
  status: '/v1/status',
  down: '/v1/down',
  ping: '/v1/ping',
  rotateKeys: '/v1/rotate-keys',
  acceptLogHead: '/v1/log/accept',
} as const;

export interface DownAnswer {
  readonly interface: string;
  /**
   * Whether the leave was announced to the controller. If not, the other nodes drop this one when its
   * benchmark turns stale.
   */
  readonly leave_announced: boolean;
  readonly leave_failure: string | null;
}

export interface PingAnswer {
  readonly node_id: string;
  readonly address: string;
  /** One round trip for each question; null if no answer came. */
  readonly rtts_ms: readonly (number | null)[];
}

/** What `mesh-agent rotate-keys` asks for. */
export interface RotateKeysAsk {
  readonly identity: boolean;
  readonly wireguard: boolean;
  readonly encapsulation: boolean;
  readonly interrupt: boolean;
}

export interface RotateKeysDone {
  /** The parts that were replaced. */
  readonly replaced: readonly KeyPart[];
  /** Whether a measurement was asked for, which brings a new key to seal to. */
  readonly encapsulation: boolean;
}

/** The answer to `mesh-agent log accept`. */
export interface LogHeadAccepted {
  /** What was accepted before; null for nothing. */
  readonly before: LogHeadStatus | null;
  readonly accepted: LogHeadStatus;
}
