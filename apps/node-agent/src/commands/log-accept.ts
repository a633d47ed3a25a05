// `mesh-agent log accept`: makes the running agent go on from a head of the log that its operator names.

import { decodeBase64 } from '@mesh/primitives';
import { createControlClient } from '../control/control-client.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { LogHeadStatus } from '../status/agent-status.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface LogAcceptFlags extends CommonFlags {
  readonly size: string;
  readonly root: string;
  readonly json?: boolean;
}

export async function runLogAccept(flags: LogAcceptFlags, io: CommandIo): Promise<void> {
  const head = readHead(flags);
  const settings = settingsFrom(flags, io.env);
  const client = createControlClient(stateDirAt(settings.state_dir).controlSocket);
  const answer = await client.acceptLogHead(head);
  if (flags.json === true) return io.write(`${JSON.stringify(answer)}\n`);
  const before = answer.before === null ? 'nothing' : `${answer.before.size} entries`;
  io.write(
    `accepted ${head.size} entries, root ${head.root_hash}; before: ${before}\nmesh-agent status says whether the controller's log follows from it\n`,
  );
}

/** @throws AgentError `usage` */
function readHead({ size, root }: LogAcceptFlags): LogHeadStatus {
  const entries = /^(?:0|[1-9]\d{0,15})$/.test(size) ? Number(size) : Number.NaN;
  if (!Number.isSafeInteger(entries))
    throw new AgentError('usage', '--size is a whole number of entries: the second line of the checkpoint');
  try {
    decodeBase64(root, { lengthBytes: 32 });
  } catch {
    throw new AgentError('usage', '--root is base64 of 32 bytes: the third line of the checkpoint');
  }
  return { size: entries, root_hash: root };
}
