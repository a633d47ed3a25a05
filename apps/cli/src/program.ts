// The command line: global options, help, and one file per group of commands.

import { Command } from 'commander';
import { addAlertsCommands } from './commands/alerts.ts';
import { addAuditCommands } from './commands/audit.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addBrakeCommands } from './commands/brake.ts';
import { addCaCommands } from './commands/ca.ts';
import { addCompletionsCommand } from './commands/completions.ts';
import { addConfigKeyCommands } from './commands/config-key.ts';
import { addEpochCommands } from './commands/epoch.ts';
import { addEventsCommand } from './commands/events.ts';
import { addExamCommands } from './commands/exam.ts';
import { addExaminersCommands } from './commands/examiners.ts';
import { addHealthCommand } from './commands/health.ts';
import { addImportCommands } from './commands/import.ts';
import { addKeysCommands } from './commands/keys.ts';
import { addLogCommand } from './commands/log.ts';
import { addLogKeyCommands } from './commands/log-key.ts';
import { addMaintenanceCommands } from './commands/maintenance.ts';
import { addMasterKeyCommands } from './commands/master-key.ts';
import { addNodesCommands } from './commands/nodes.ts';
import { addOfficersCommands } from './commands/officers.ts';
import { addPolicyCommands } from './commands/policy.ts';
import { addReachCommand } from './commands/reach.ts';
import { addRequestCommands } from './commands/request.ts';
import { addStatusCommand } from './commands/status.ts';
import { addTokensCommands } from './commands/tokens.ts';
import { addTopCommand } from './commands/top.ts';
import { addWhyCommand } from './commands/why.ts';
import { DEFAULT_SOCKET } from './door/door.ts';
import { EXIT_CODES_HELP } from './errors/exit-codes.ts';
import { collect } from './options/options.ts';
import type { Ports } from './ports/ports.ts';
import { VERSION } from './version.ts';

const EXAMPLES = `
Examples:
  $ meshctl status
  $ meshctl tokens create --node node-a --out node-a.token
  $ meshctl nodes list
  $ meshctl nodes quarantine node-a --reason "answers with secrets"
  $ meshctl --json epoch status
  $ meshctl --profile prod nodes list`;

export function createProgram(ports: Ports): Command {
  const program = new Command('meshctl')
    .description(
      "Operates an Aligned Mesh controller: over its unix socket, on the controller's machine and as its user, or over the network with an API key or a certificate.",
    )
    .version(VERSION)
    .option('--socket <path>', `the controller's socket (default: $MESH_SOCKET, else ${DEFAULT_SOCKET})`)
    .option('--controller <url>', 'a controller over the network: https://HOST:PORT of its public listener')
    .option('--ca-pin <pin>', "the pin of the controller's CA; several during its replacement", collect)
    .option('--key-file <file>', 'the file of an API key, mode 0600, from: meshctl keys create')
    .option('--cert-file <file>', "a client certificate of the controller's admin CA, PEM")
    .option('--cert-key-file <file>', "the certificate's private key, PEM, mode 0600")
    .option('--profile <name>', 'take these flags from ~/.config/aligned-mesh/profiles.json')
    .option('--json', 'print exactly one JSON document instead of text')
    .addHelpText('after', `${EXIT_CODES_HELP}\n${EXAMPLES}`)
    .showHelpAfterError('(meshctl --help shows what there is)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => ports.writeOut(text),
      writeErr: (text) => ports.writeError(text),
    });
  addStatusCommand(program, ports);
  addWhyCommand(program, ports);
  addReachCommand(program, ports);
  addEventsCommand(program, ports);
  addTopCommand(program, ports);
  addTokensCommands(program, ports);
  addNodesCommands(program, ports);
  addImportCommands(program, ports);
  addEpochCommands(program, ports);
  addPolicyCommands(program, ports);
  addBrakeCommands(program, ports);
  addExamCommands(program, ports);
  addExaminersCommands(program, ports);
  addCaCommands(program, ports);
  addConfigKeyCommands(program, ports);
  addLogKeyCommands(program, ports);
  addMasterKeyCommands(program, ports);
  addMaintenanceCommands(program, ports);
  addBackupCommand(program, ports);
  addHealthCommand(program, ports);
  addAlertsCommands(program, ports);
  addKeysCommands(program, ports);
  addOfficersCommands(program, ports);
  addRequestCommands(program, ports);
  addLogCommand(program, ports);
  addAuditCommands(program, ports);
  addCompletionsCommand(program, ports);
  return program;
}
