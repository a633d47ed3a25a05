// The command line: global options, help, and one file per group of commands.

import { Command } from 'commander';
import { addEpochCommands } from './commands/epoch.ts';
import { addLogCommand } from './commands/log.ts';
import { addMaintenanceCommands } from './commands/maintenance.ts';
import { addNodesCommands } from './commands/nodes.ts';
import { addOfficersCommands } from './commands/officers.ts';
import { addRequestCommands } from './commands/request.ts';
import { addTokensCommands } from './commands/tokens.ts';
import { EXIT_CODES_HELP } from './exit-codes.ts';
import type { Ports } from './ports.ts';
import { DEFAULT_SOCKET } from './socket-path.ts';
import { VERSION } from './version.ts';

const EXAMPLES = `
Examples:
  $ meshctl tokens create --node node-a --out node-a.token
  $ meshctl nodes list
  $ meshctl nodes quarantine node-a --reason "answers with secrets"
  $ meshctl --json epoch status`;

export function createProgram(ports: Ports): Command {
  const program = new Command('meshctl')
    .description(
      "Operates an Aligned Mesh controller over its unix socket, on the controller's machine and as its user.",
    )
    .version(VERSION)
    .option('--socket <path>', `the controller's socket (default: $MESH_SOCKET, else ${DEFAULT_SOCKET})`)
    .option('--json', 'print exactly one JSON document instead of text')
    .addHelpText('after', `${EXIT_CODES_HELP}\n${EXAMPLES}`)
    .showHelpAfterError('(meshctl --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => ports.writeOut(text),
      writeErr: (text) => ports.writeError(text),
    });
  addTokensCommands(program, ports);
  addNodesCommands(program, ports);
  addEpochCommands(program, ports);
  addMaintenanceCommands(program, ports);
  addOfficersCommands(program, ports);
  addRequestCommands(program, ports);
  addLogCommand(program, ports);
  return program;
}
