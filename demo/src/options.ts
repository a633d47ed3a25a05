// The demo's command line.

import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly json: boolean;
  readonly keep: boolean;
  readonly dryRun: boolean;
  readonly dashboard: boolean;
  readonly epochSeconds: number;
}

/** On a page that a person watches, an epoch of four seconds is a flood of events. */
const EPOCH_SECONDS = { story: '4', dashboard: '10' } as const;

export const HELP = `npm run demo [-- OPTIONS]

A controller and nodes a, b, c on this one machine: real WireGuard in network namespaces, a real
check of a real local service on every node. c's service starts to misbehave; watch it lose its
tunnels, and earn them back. Takes about a minute.

  --dashboard        no story: the mesh keeps running, with the dashboard in your browser and a page
                     of buttons that make a node misbehave, until Ctrl-C
  --json             one JSON document on standard output instead of the story
  --epoch-seconds N  length of an epoch, 2 to 10 (default 4; with --dashboard 10)
  --dry-run          no tunnels, as where WireGuard cannot run; the story then exits with 3
  --keep             keep the folder with logs, databases and keys, and say where it is
  --help             this text

Exit codes: 0 everything was observed on the wire (--dashboard: it ran until it was ended),
1 something was not, 2 bad arguments, 3 WireGuard cannot run here: the rest was shown with --dry-run
interfaces, no tunnel was tested (--dashboard: nothing was started).
`;

/** @throws TypeError with what is wrong */
export function parseOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      dashboard: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'epoch-seconds': { type: 'string' },
    },
  });
  const { json, keep, 'dry-run': dryRun, dashboard } = values;
  if (values.help) return 'help';
  if (json && dashboard)
    throw new TypeError('--json tells the story as data, and --dashboard has no story: leave one out');
  const epochSeconds = Number(values['epoch-seconds'] ?? EPOCH_SECONDS[dashboard ? 'dashboard' : 'story']);
  if (!(Number.isInteger(epochSeconds) && epochSeconds >= 2 && epochSeconds <= 10)) {
    throw new TypeError('--epoch-seconds must be a whole number from 2 to 10');
  }
  return { json, keep, dryRun, dashboard, epochSeconds };
}
