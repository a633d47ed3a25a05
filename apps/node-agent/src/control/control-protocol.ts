// What passes over the control socket, besides the status.

export const controlRoutes = { status: '/v1/status', down: '/v1/down', ping: '/v1/ping' } as const;

export interface DownAnswer {
  readonly interface: string;
  /** Whether the controller was told; where not, the others drop this node when its lease ends. */
  readonly leave_announced: boolean;
  readonly leave_failure: string | null;
}

export interface PingAnswer {
  readonly node_id: string;
  readonly address: string;
  /** One for each question; null where no answer came. */
  readonly rtts_ms: readonly (number | null)[];
}
