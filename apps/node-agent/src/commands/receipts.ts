// `mesh-agent receipts check`: whether the log has what the controller has promised to this node.

import { checkReceipts } from '../compose/check-receipts.ts';
import { AgentError } from '../errors/agent-error.ts';
import { stateDirAt } from '../identity/state-dir.ts';
import type { CheckedReceipt } from '../uplink/submit/check-receipt.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';

export interface ReceiptsFlags extends CommonFlags {
  readonly logKey?: readonly string[];
  readonly json?: boolean;
}

/** @throws AgentError `receipt_broken` if a promise was not kept */
export async function runReceiptsCheck(flags: ReceiptsFlags, io: CommandIo): Promise<void> {
  const { state_dir: path } = settingsFrom(flags, io.env);
  const checked = await checkReceipts(stateDirAt(path), flags.logKey ?? []);
  io.write(flags.json === true ? `${JSON.stringify(checked)}\n` : describe(checked));
  const broken = checked.filter(({ outcome }) => outcome === 'broken').length;
  if (broken > 0)
    throw new AgentError(
      'receipt_broken',
      `${broken} of ${checked.length} receipts: the log does not have what was promised; keep this output and the file of receipts`,
    );
}

function describe(checked: readonly CheckedReceipt[]): string {
  const count = (outcome: CheckedReceipt['outcome']) =>
    checked.filter((one) => one.outcome === outcome).length;
  const broken = checked
    .filter(({ outcome }) => outcome === 'broken')
    .map(
      ({ index, sequence, received_at, why }) =>
        `BROKEN   entry ${index}, promised at ${received_at} for sequence ${sequence}: ${why}\n`,
    );
  return `${broken.join('')}kept     ${count('kept')}\nearly    ${count('early')}\nbroken   ${broken.length}\n`;
}
