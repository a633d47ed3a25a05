// `mesh-agent ping`: makes the running agent measure round trips to a peer through its tunnel.

import { createControlClient } from '../control/control-client.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { CommandIo } from './down.ts';
import { readNodeId } from './read-node-id.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface PingFlags extends CommonFlags {
  readonly count: string;
  readonly json?: boolean;
}

export async function runPing(node: string, flags: PingFlags, io: CommandIo): Promise<void> {
  const count = Number(flags.count);
  if (!Number.isInteger(count) || count < 1 || count > 100)
    throw new AgentError('usage', '--count takes a whole number from 1 to 100');
  const nodeId = readNodeId('the node to ping', node);
  const settings = settingsFrom(flags, io.env);
  const answer = await createControlClient(stateDirAt(settings.state_dir).controlSocket).ping(nodeId, count);
  const answered = answer.rtts_ms.filter((rtt) => rtt !== null);
  if (flags.json === true) io.write(`${JSON.stringify(answer)}\n`);
  else {
    for (const rtt of answer.rtts_ms) {
      io.write(
        rtt === null
          ? `${node} (${answer.address}): no answer\n`
          : `${node} (${answer.address}): ${rtt.toFixed(2)} ms\n`,
      );
    }
    io.write(`${answered.length} of ${answer.rtts_ms.length} came back\n`);
  }
  if (answered.length === 0) {
    throw new AgentError('no_answer', `${node} does not answer: see its handshake age in mesh-agent status`);
  }
}
