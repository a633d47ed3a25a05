// Whom somebody trusts who verifies a file without a controller, from the flags of the command.

import { AuditError, parseVerifierKey, type VerifierKey } from '@mesh/audit';
import type { ProofTrust } from '@mesh/evidence';
import { printable } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { collect, wholeNumber } from '../options/options.ts';
import type { Ports } from '../ports/ports.ts';

const MAX_CHECKPOINT_BYTES = 65_536;

export interface TrustFlags {
  readonly logKey: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly required?: number;
  readonly seen?: string;
}

/** Adds the flags to a command that verifies. */
export function withTrustOptions(command: Command): Command {
  return command
    .requiredOption('--log-key <key>', 'a verifier key of the log, from: meshctl log key', collect)
    .option('--witness-key <key>', 'a verifier key of a witness that you trust', collect)
    .option('--required <k>', 'how many of these witnesses must have cosigned (default: 0)', wholeNumber)
    .option('--seen <file>', 'a checkpoint that you have from elsewhere: the history must be the same');
}

/** @throws CliError `usage` */
export function trustOf(
  { logKey, witnessKey = [], required = 0, seen }: TrustFlags,
  ports: Ports,
): ProofTrust {
  const logKeys = logKey.map(keyOf);
  const [origin, ...others] = new Set(logKeys.map(({ name }) => name));
  if (origin === undefined || others.length > 0)
    throw new CliError('usage', '--log-key: the keys of one log have one name, which is its origin');
  const witnessKeys = witnessKey.map(keyOf);
  if (required > new Set(witnessKeys.map(({ name }) => name)).size)
    throw new CliError('usage', '--required: name as many witnesses with --witness-key');
  return { origin, logKeys, witnessKeys, required, seen: seen && checkpointIn(seen, ports) };
}

/** @throws CliError `usage` */
export function keyOf(text: string): VerifierKey {
  try {
    return parseVerifierKey(text);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    throw new CliError('usage', `${printable(text.slice(0, 64))}: ${error.message}`, { cause: error });
  }
}

/** The text of a file with a checkpoint. */
export const checkpointIn = (path: string, ports: Ports): string =>
  ports.readDocument(path, MAX_CHECKPOINT_BYTES);
