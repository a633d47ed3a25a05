// `mesh-agent receipts told`: whether the log has what this node was told.

import { askTold } from '../compose/ask-told.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { CheckedAnswer } from '../uplink/config/check-told.ts';
import type { CommandIo } from './down.ts';
import type { ReceiptsFlags } from './receipts.ts';
import { settingsFrom } from './settings-from.ts';

/** @throws AgentError `receipt_broken` if the log lacks an answer that the controller has signed */
export async function runReceiptsTold(flags: ReceiptsFlags, io: CommandIo): Promise<void> {
  const { state_dir: path } = settingsFrom(flags, io.env);
  const checked = await askTold(stateDirAt(path), flags.logKey ?? []);
  io.write(flags.json === true ? `${JSON.stringify(checked.map(wireOf))}\n` : describe(checked));
  const lacking = checked.filter(({ outcome }) => outcome === 'not_in_log').length;
  if (lacking > 0)
    throw new AgentError(
      'receipt_broken',
      `${lacking} of ${checked.length} answers that were signed are not in the log: if the controller's machine has lost power since, that is why; otherwise keep this output and told.jsonl`,
    );
}

const wireOf = ({ outcome, shows, kept }: CheckedAnswer): object => {
  const { kind, epoch_id, server_time_ms, sha256, signed_by } = kept;
  return { outcome, shows, kind, epoch_id, server_time_ms, sha256, signed_by };
};

const SHOWS: Readonly<Record<CheckedAnswer['shows'], string>> = {
  answer: 'this key has signed it for this node',
  digest: 'this key has signed a config with this digest',
  nothing: 'what was kept does not show who signed it',
};

function describe(checked: readonly CheckedAnswer[]): string {
  const count = (outcome: CheckedAnswer['outcome']) =>
    checked.filter((one) => one.outcome === outcome).length;
  const lacking = checked
    .filter(({ outcome }) => outcome === 'not_in_log')
    .map(
      ({ kept: { kind, epoch_id: epoch, sha256, signed_by: key }, shows }) =>
        `NOT IN THE LOG  ${kind} of epoch ${epoch}, SHA-256 ${sha256}, key ${key}: ${SHOWS[shows]}\n`,
    );
  return `${lacking.join('')}in the log      ${count('in_log')}\nearly           ${count('early')}\nno longer kept  ${count('gone')}\nnot in the log  ${lacking.length}\n`;
}
