// The options that every command has.

import type { Command } from 'commander';

export function common(command: Command): Command {
  return command
    .option('--state-dir <path>', 'keys, certificate and journal (default /var/lib/mesh-agent)')
    .option('--config <file>', 'settings in YAML or JSON');
}
