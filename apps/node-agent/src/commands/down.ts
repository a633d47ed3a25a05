// `mesh-agent down`: asks the running agent to leave. If no agent is running, the command leaves by itself.

import { composeAndLeave } from '../compose.ts';
import { createControlClient } from '../control/control-client.ts';
import type { DownAnswer } from '../control/control-protocol.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

/** What a command uses of its process. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Buffer | string>;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Aborts at SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

export interface DownFlags extends CommonFlags {
  readonly interface?: string;
  readonly json?: boolean;
}

export async function runDown(flags: DownFlags, io: CommandIo): Promise<void> {
  const settings = settingsFrom(flags, io.env, { interface: flags.interface });
  const client = createControlClient(stateDirAt(settings.state_dir).controlSocket);
  const answer = await client.down().catch((error: unknown) => {
    if (error instanceof AgentError && error.code === 'not_running') return composeAndLeave(settings);
    throw error;
  });
  io.write(flags.json === true ? `${JSON.stringify(answer)}\n` : describe(answer));
}

function describe({ interface: name, leave_announced, leave_failure }: DownAnswer): string {
  const told = leave_announced
    ? 'The controller was told.'
    : `The controller could not be told (${leave_failure ?? 'unknown'}): the others drop this node when its benchmark turns stale.`;
  return `${name} is gone. ${told}\n`;
}
