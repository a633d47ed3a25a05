// `mesh-agent receipts`: what the controller has signed for this node, beside its log.

import type { Command } from 'commander';
import { common } from './common-options.ts';
import type { CommandIo } from './down.ts';
import { runReceiptsCheck } from './receipts.ts';
import { runReceiptsTold } from './receipts-told.ts';

export function addReceiptsCommand(program: Command, io: CommandIo): void {
  const receipts = program
    .command('receipts')
    .description("the controller's signed receipts of results, and what it has told this node");
  common(receipts.command('check'))
    .description('whether the log has what the controller has promised to this node')
    .option('--log-key <key...>', 'verifier keys of the log (default: those of the enrolment)')
    .option('--json', 'print each receipt with what was found, as JSON')
    .addHelpText(
      'after',
      `
A receipt is early until a head of the log covers its entry, at the end of the epoch at the latest.

Examples:
  $ mesh-agent receipts check
  $ mesh-agent receipts check --json | jq '.[] | select(.outcome == "broken")'`,
    )
    .action((flags) => runReceiptsCheck(flags, io));
  common(receipts.command('told'))
    .description('whether the log has what the controller has told this node, as told.jsonl keeps it')
    .option('--log-key <key...>', 'verifier keys of the log (default: those of the enrolment)')
    .option('--json', 'print each answer with what was found, as JSON')
    .addHelpText(
      'after',
      `
An answer is early until it is recorded, half an epoch later, and a head covers its entry.

Examples:
  $ mesh-agent receipts told
  $ mesh-agent receipts told --json | jq '.[] | select(.outcome == "not_in_log")'`,
    )
    .action((flags) => runReceiptsTold(flags, io));
}
