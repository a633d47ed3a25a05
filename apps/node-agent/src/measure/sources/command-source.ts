// Measures with a command that prints scores as JSON. The command is not trusted. It has no privileges, no
// input and a minimal environment; its time, memory and output are limited (confinement.ts); and the
// processes that it started end with it if that is possible.

import type { Logger, Timers } from '@mesh/host';
import { defined } from '@mesh/primitives';
import { findConfinement } from '../confinement/confinement.ts';
import { runConfined } from '../confinement/run-confined.ts';
import type { UnprivilegedUser } from '../confinement/unprivileged-user.ts';
import {
  MAX_RESULT_BYTES,
  MeasurementError,
  type MeasurementSource,
  readResult,
  toMeasurement,
} from '../result/measurement.ts';

export interface CommandSourceOptions {
  /** Program and arguments, run without a shell. */
  readonly command: readonly [string, ...string[]];
  readonly suiteVersion: string;
  readonly timeoutMs: number;
  /** The limit of each process. */
  readonly memoryBytes: number;
  /** The user to become; undefined if the agent itself has no privileges to drop. */
  readonly runAs: UnprivilegedUser | undefined;
  readonly timers: Timers;
  readonly controllerNowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
}

const MAX_PROCESSES = 128;

export function createCommandSource(options: CommandSourceOptions): MeasurementSource {
  const { command, timeoutMs, timers, suiteVersion } = options;
  const [what] = command;
  const confinement = findConfinement({
    ...options,
    maxProcesses: MAX_PROCESSES,
    becomes: 'before it starts',
  });
  if (confinement?.endsWithCommand === false) {
    options.logger.warn(
      'no PID namespace can be made (root, CAP_SYS_ADMIN and unshare are needed): what leaves the process group of the benchmark command outlives it',
    );
  }
  return {
    name: 'command',
    async measure({ challenge, signal }) {
      if (confinement === undefined) {
        throw new MeasurementError(
          'unavailable',
          'setpriv and prlimit are needed to run a benchmark command safely: install util-linux, or use another source',
        );
      }
      const measuredAtMs = options.controllerNowMs();
      const output = await runConfined({
        what,
        command: [...confinement.prefix, ...command],
        env: {
          PATH: '/usr/local/bin:/usr/bin:/bin',
          LANG: 'C.UTF-8',
          HOME: '/nonexistent',
          ...defined({ MESH_CHALLENGE: challenge }),
        },
        maxBytes: MAX_RESULT_BYTES,
        timeoutMs,
        timers,
        signal,
        failure: 'command_failed',
      });
      return toMeasurement(readResult(output, what), { measuredAtMs, suiteVersion, challenge });
    },
  };
}
