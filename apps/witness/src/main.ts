#!/usr/bin/env node
// mesh-witness: init, serve, configtest.

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  closeOnSignals,
  createLogger,
  LogField,
  makePrivateDirectory,
  renderSettings,
  runProgram,
  writeFileAtomicSync,
} from '@mesh/host';
import { Command, CommanderError } from 'commander';
import { startWitness } from './compose.ts';
import { EXIT_CODES_HELP, exitCodeOf } from './errors/exit-code.ts';
import { initWitness } from './init.ts';
import { renderFirstConfig } from './settings/first-config.ts';
import { loadSettings } from './settings/load-settings.ts';
import { VERSION } from './version.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
  readonly [setting: string]: unknown;
}

const load = ({ config: file, ...flags }: Flags) => loadSettings({ file, env: process.env, flags });

function init(flags: Flags): void {
  const file = flags.config ?? (process.env.MESH_WITNESS_CONFIG || undefined);
  const configCreated = file !== undefined && !existsSync(file);
  if (configCreated) {
    const env = { ...process.env, MESH_WITNESS_CONFIG: undefined };
    const { config } = loadSettings({ file: undefined, env, flags });
    makePrivateDirectory(dirname(file));
    // Anybody may read it: it holds no secret.
    writeFileAtomicSync(file, Buffer.from(renderFirstConfig(config)), { mode: 0o644, overwrite: false });
  }
  const made = initWitness(load(flags).config);
  if (flags.json === true) {
    print(JSON.stringify({ ...made, configFile: file ?? null, configCreated }));
    return;
  }
  if (file !== undefined) print(`config    ${file}${configCreated ? ' (new: add the logs to follow)' : ''}`);
  print(`database  ${made.database}`);
  print(`keys      ${made.keyFile}${made.keysCreated ? ' (new)' : ''}`);
  print('Logs and verifiers know this witness by:');
  for (const key of made.verifierKeys) print(key);
}

async function serve(flags: Flags): Promise<void> {
  const { config } = load(flags);
  const logger = createLogger({ level: config.log_level, base: { [LogField.component]: 'witness' } });
  const starting = startWitness({ config, logger });
  closeOnSignals(starting, logger);
  await starting;
}

function program(): Command {
  const root = new Command('mesh-witness')
    .description('A witness of transparency logs: cosigns their heads as long as they only grow.')
    .version(VERSION)
    .exitOverride()
    .addHelpText('after', EXIT_CODES_HELP)
    .showHelpAfterError('(mesh-witness --help shows what there is)');
  const withSettings = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'YAML or JSON configuration file (or MESH_WITNESS_CONFIG)')
      .option('--name <name>', 'name in the cosignatures, such as witness.example.org/w1')
      .option('--data-dir <dir>', 'keys, database and evidence')
      .option('--port <port>', 'port of the listener (plain HTTP)')
      .option('--log-level <level>', 'trace, debug, info, warn, error');
  withSettings(
    root
      .command('init')
      .description('write a configuration where there is none; make database and keys (safe to repeat)'),
  )
    .option('--json', 'print the result as JSON')
    .action(init);
  withSettings(root.command('serve').description('run the witness in the foreground')).action(serve);
  withSettings(
    root.command('configtest').description('check the configuration and show where each value comes from'),
  )
    .option('--json', 'print the settings as JSON')
    .action((flags: Flags) => {
      const settings = load(flags).describe();
      process.stdout.write(flags.json === true ? `${JSON.stringify(settings)}\n` : renderSettings(settings));
    });
  return root;
}

runProgram(() => program().parseAsync(), {
  name: 'mesh-witness',
  exitCodeOf,
  // Commander prints its own messages.
  isPrinted: (error) => error instanceof CommanderError,
});
