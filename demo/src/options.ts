// The demo's command line.

import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly json: boolean;
  readonly keep: boolean;
  readonly dryRun: boolean;
  readonly epochSeconds: number;
}

export const HELP = `npm run demo [-- OPTIONS]

A controller and nodes a, b, c on this one machine: real WireGuard in network namespaces, a real
check of a real local service on every node. c's service starts to misbehave; watch it lose its
tunnels, and earn them back. Takes about a minute.

  --json             one JSON document on standard output instead of the story
  --epoch-seconds N  length of an epoch (default 4)
  --dry-run          no tunnels, as where WireGuard cannot run; exits 3
  --keep             keep the folder with logs, databases and keys, and say where it is
  --help             this text

Exit codes: 0 everything was observed on the wire, 1 something was not, 2 bad arguments,
3 WireGuard cannot run here: the rest was shown with --dry-run interfaces, no tunnel was tested.
`;

/** @throws TypeError with what is wrong */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'epoch-seconds': { type: 'string', default: '4' },
    },
  });
  if (values.help) return 'help';
  const epochSeconds = Number(values['epoch-seconds']);
  if (!(Number.isInteger(epochSeconds) && epochSeconds >= 2 && epochSeconds <= 10)) {
    throw new TypeError('--epoch-seconds must be a whole number from 2 to 10');
  }
  return { json: values.json, keep: values.keep, dryRun: values['dry-run'], epochSeconds };
}
