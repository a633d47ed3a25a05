// The agent's error class. It has a closed set of codes, each with an exit code that scripts can rely on. The
// message says what to do next. It never holds a key or a token.

export const exitCodes = {
  /** Any other failure. */
  failed: 1,
  /** The command line, a setting or a file cannot be used. Every start fails until that is corrected. */
  usage: 2,
  /** Enrolment was refused because of the token, its binding, the name or the proof of possession. */
  refused: 3,
  /** This node has not enrolled yet. */
  not_enrolled: 4,
  /** The controller cannot be reached. A later try may succeed. */
  unreachable: 5,
  /** No agent is running with this state directory. */
  not_running: 6,
  /** Another agent is running with this state directory. */
  already_running: 7,
  /** WireGuard, `ip` or the right to use them is missing. */
  tunnel: 8,
  /** `ping`: no answer came back. */
  no_answer: 9,
  /** Enrolment: the overlay network has no free address. */
  overlay_full: 10,
  /** The disk is full or fails, or a file is locked. A later try may succeed. */
  storage: 11,
  /** `status`: the agent runs, but its tunnel fails. */
  tunnel_failing: 12,
  /** `doctor`: something keeps this node from its work. */
  unwell: 13,
  /** `status`: the agent runs, but it refuses what the controller shows of its log. */
  log_refused: 14,
  /** `receipts check`: the log does not have what the controller has promised. */
  receipt_broken: 15,
} as const;

export type AgentErrorCode = keyof typeof exitCodes;

export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  get exitCode(): number {
    return exitCodes[this.code];
  }
}

/** One line about an unknown thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown error';
}
