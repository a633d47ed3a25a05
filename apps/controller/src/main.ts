#!/usr/bin/env node
// mesh-controller: init, rotate-master-key, status, verify, restore, serve, configtest.

import { networkInterfaces } from 'node:os';
import {
  closeOnSignals,
  createLogger,
  errorCodeOf,
  LogField,
  type Logger,
  renderSettings,
  runProgram,
  systemClock,
} from '@mesh/host';
import { defined } from '@mesh/primitives';
import { Command, CommanderError } from 'commander';
import { runAtRest } from './compose/run-at-rest.ts';
import { type RunningController, startController } from './compose.ts';
import { addDatabaseCommands } from './database-commands.ts';
import { describeInitialised } from './describe-initialised.ts';
import { EXIT_CODES_HELP, exitCodeOf } from './errors/exit-code.ts';
import { ensureFirstAdminKey, firstAdminKeyFile } from './first-admin-key.ts';
import { initController } from './init.ts';
import { openStatus } from './publish/sealed-status.ts';
import { rotateMasterKeyOf } from './rotate-master-key.ts';
import type { HostInterfaces } from './settings/check-networks.ts';
import { loadSettings } from './settings/load-settings.ts';
import { pathsOf } from './settings/paths.ts';
import { openSealer } from './store/open-store.ts';
import { VERSION } from './version.ts';
import { writeFirstConfig } from './write-first-config.ts';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

interface Flags {
  readonly config?: string;
  readonly json?: boolean;
  readonly adminKey?: boolean;
  readonly [setting: string]: unknown;
}

function load({ config: file, json: _json, ...flags }: Flags) {
  return loadSettings({ file, env: process.env, flags, interfaces: readInterfaces() });
}

/**
 * If the systemd unit blocks netlink, the interfaces cannot be read. The controller still starts, with a
 * warning.
 */
function readInterfaces(): HostInterfaces | undefined {
  try {
    return networkInterfaces();
  } catch (error) {
    process.stderr.write(
      `mesh-controller: this host's addresses cannot be read (${errorCodeOf(error) ?? 'unknown'}), so networks are not ` +
        'checked against them: allow AF_NETLINK in the unit (RestrictAddressFamilies)\n',
    );
    return undefined;
  }
}

async function init({ config: given, json, adminKey: wantsKey, ...flags }: Flags): Promise<void> {
  const file = (given ?? process.env.MESH_CONFIG) || undefined;
  const isNew =
    file !== undefined && writeFirstConfig(file, { env: process.env, flags, interfaces: readInterfaces() });
  const { config } = load({ ...flags, ...defined({ config: given }) });
  const made = await initController(config, systemClock);
  const adminKey =
    wantsKey === false
      ? undefined
      : await ensureFirstAdminKey(firstAdminKeyFile(config, file), {
          config,
          clock: systemClock,
          runAtRest: (command) => runAtRest(config, systemClock, command),
        });
  if (json === true)
    print(
      JSON.stringify({
        ...made,
        adminKey: adminKey ?? null,
        configFile: file ?? null,
        configCreated: isNew,
      }),
    );
  else {
    if (file !== undefined)
      print(`config      ${file}${isNew ? ' (new: read it, and change what is not right)' : ''}`);
    print(describeInitialised(made, adminKey, config, file));
  }
}

async function serve(flags: Flags): Promise<void> {
  const { config } = load(flags);
  const logger = createLogger({ level: config.log_level, base: { [LogField.component]: 'controller' } });
  const starting = startController({
    config,
    logger,
    onFatal: (error) => {
      logger.fatal({ [LogField.error]: error }, 'the controller cannot go on');
      process.exit(1);
    },
  });
  closeOnSignals(starting, logger);
  let reloading: Promise<unknown> = starting;
  process.on('SIGHUP', () => {
    reloading = reloading.then(() => reload(flags, starting, logger));
  });
  await starting;
}

/** Reads the configuration again. If it is refused, everything stays as it is. */
async function reload(flags: Flags, running: Promise<RunningController>, logger: Logger): Promise<void> {
  try {
    await (await running).reload(load(flags));
  } catch (error) {
    logger.error(
      { [LogField.error]: error },
      'the configuration was not read again; the policy in force stays',
    );
  }
}

function program(): Command {
  const root = new Command('mesh-controller')
    .description('The Aligned Mesh controller: judges nodes, publishes keys, remembers every decision.')
    .version(VERSION)
    .exitOverride()
    .addHelpText('after', EXIT_CODES_HELP)
    .showHelpAfterError('(mesh-controller --help shows what there is)');
  const withSettings = (command: Command): Command =>
    command
      .option('-c, --config <file>', 'YAML or JSON configuration file (or MESH_CONFIG)')
      .option('--mesh-id <id>', 'name of the mesh')
      .option('--data-dir <dir>', 'database, socket and status file')
      .option('--master-key-file <file>', 'key that unseals the database')
      .option('--name <name...>', 'names and addresses that nodes use to reach this controller')
      .option('--nodes-url <url>', 'how enrolled nodes reach the nodes listener')
      .option('--nodes-port <port>', 'port of the nodes listener (mutual TLS)')
      .option('--public-port <port>', 'port of the public listener (enrolment, health)')
      .option('--epoch-seconds <seconds>', 'length of an epoch (also EPOCH_SECONDS)')
      .option('--threshold <score>', 'lowest overall score, 0 to 1 (also THRESHOLD)')
      .option(
        '--max-benchmark-age-seconds <seconds>',
        'how long a benchmark is fresh (also MAX_BENCHMARK_AGE)',
      )
      .option('--log-level <level>', 'trace, debug, info, warn, error')
      .option('--insecure-poc-compat', "serve the proof of concept's unsigned clients, on the loopback");
  withSettings(
    root
      .command('init')
      .description(
        "write a commented configuration where there is none; make the master key, the database, the controller's own keys and the first API key (safe to repeat)",
      ),
  )
    .option('--no-admin-key', 'make no first API key (admin.key, beside the configuration)')
    .option('--json', 'print the result as JSON')
    .action(init);
  withSettings(
    root
      .command('rotate-master-key')
      .description(
        'seal the database under a new master key while the controller is down; run it again if it was interrupted',
      ),
  )
    .option('--json', 'print the result as JSON')
    .action(({ json, ...flags }: Flags) => {
      const done = rotateMasterKeyOf(load(flags).config, systemClock);
      if (json === true) print(JSON.stringify(done));
      else
        print(
          `${done.masterKeyFile} is a new key${done.outcome === 'resumed' ? ', made by the run that was interrupted' : ` (${done.resealed} values sealed again)`}: keep a copy away from the database; the old one opens only old copies of it`,
        );
    });
  withSettings(
    root
      .command('status')
      .description(
        'open status.sealed: what the controller wrote last of every node, in JSON; also while it is down',
      ),
  ).action((flags: Flags) => {
    const { config } = load(flags);
    process.stdout.write(openStatus(openSealer(config), config.mesh_id, pathsOf(config).sealedStatus));
  });
  addDatabaseCommands(root, { withSettings, load: (flags) => load(flags).config, print });
  withSettings(root.command('serve').description('run the controller in the foreground')).action(
    (flags: Flags) => serve(flags),
  );
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
  name: 'mesh-controller',
  exitCodeOf,
  // Commander prints its own messages.
  isPrinted: (error) => error instanceof CommanderError,
});
