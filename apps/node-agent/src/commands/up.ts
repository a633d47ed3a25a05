// `mesh-agent up`: runs the agent in the foreground until a signal or `down`.

import { composeAndRun } from '../compose.ts';
import { AgentError } from '../errors/agent-error.ts';
import type { CommandIo } from './down.ts';
import { type CommonFlags, settingsFrom } from './settings-from.ts';
import { type SourceFlags, sourceSettings } from './source-flags.ts';

export interface UpFlags extends CommonFlags, SourceFlags {
  readonly interface?: string;
  readonly tunnel?: string;
  readonly dryRun?: boolean;
  readonly listenPort?: string;
  readonly advertise?: readonly string[];
  readonly canaryEndpoint?: string;
  readonly canarySuite?: string;
  readonly canaryModel?: string;
  readonly canaryApi?: string;
  readonly canaryApiKeyFile?: string;
  readonly canaryCaFile?: string;
  readonly benchmarkFile?: string;
  readonly benchmarkUrl?: string;
  readonly benchmarkUrlApiKeyFile?: string;
  readonly benchmarkUrlCaFile?: string;
  readonly interval?: string;
  readonly onControllerLoss?: string;
  readonly guard?: string;
  readonly insecureNoGuard?: boolean;
  readonly routeOverlap?: string;
  readonly logLevel?: string;
  readonly insecureTestClock?: boolean;
}

/** @param command program and arguments of a benchmark command; empty if there is none */
export async function runUp(command: readonly string[], flags: UpFlags, io: CommandIo): Promise<void> {
  const named = sourceSettings(flags);
  const settings = settingsFrom(flags, io.env, {
    interface: flags.interface,
    tunnel: flags.dryRun === true ? 'dry-run' : flags.tunnel,
    listen_port: flags.listenPort,
    advertise: flags.advertise,
    on_controller_loss: flags.onControllerLoss,
    'guard.mode': flags.insecureNoGuard === true ? 'insecure-off' : flags.guard,
    'routes.overlap': flags.routeOverlap,
    log_level: flags.logLevel,
    ...named,
    'measure.source': sourceOf(command, flags, named['measure.source']),
    'measure.interval_seconds': flags.interval,
    'measure.canary.endpoint': flags.canaryEndpoint,
    'measure.canary.suite': flags.canarySuite,
    'measure.canary.model': flags.canaryModel,
    'measure.canary.api': flags.canaryApi,
    'measure.canary.api_key_file': flags.canaryApiKeyFile,
    'measure.canary.ca_file': flags.canaryCaFile,
    'measure.command.argv': command.length === 0 ? undefined : command,
    'measure.file.path': flags.benchmarkFile,
    'measure.url.url': flags.benchmarkUrl,
    'measure.url.api_key_file': flags.benchmarkUrlApiKeyFile,
    'measure.url.ca_file': flags.benchmarkUrlCaFile,
  });
  await composeAndRun(
    { settings, env: io.env, insecureTestClock: flags.insecureTestClock === true },
    io.signal,
  );
}

/**
 * The source that the flags choose: a flag of a source also chooses that source.
 *
 * @param named that `--source` names
 */
function sourceOf(command: readonly string[], flags: UpFlags, named: string | undefined): string | undefined {
  const chosen = [
    flags.canaryEndpoint === undefined ? undefined : 'canary',
    command.length === 0 ? undefined : 'command',
    flags.benchmarkFile === undefined ? undefined : 'file',
    flags.benchmarkUrl === undefined ? undefined : 'url',
    named,
  ].filter((source) => source !== undefined);
  if (chosen.length > 1) {
    throw new AgentError('usage', `one source of measurements, not ${chosen.length}: leave out all but one`);
  }
  return chosen[0];
}
