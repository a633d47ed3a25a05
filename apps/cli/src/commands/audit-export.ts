// meshctl audit export: the entries of the log as lines, for other tools: as JSON, or as in-toto attestations
// that a person has signed.

import { type ExportedEntry, statementOf } from '@mesh/evidence';
import { ed25519PublicKey, encodeBase64, signEd25519 } from '@mesh/primitives';
import { type LogEntryView, signStatement } from '@mesh/protocol';
import { type Command, Option } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { logPages } from '../events/log-pages.ts';
import { readOfficerKey } from '../officers/officer-key.ts';
import { wholeNumber } from '../options/options.ts';
import type { Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';

interface ExportFlags {
  readonly format: 'jsonl' | 'in-toto';
  readonly key?: string;
  readonly from?: number;
  readonly limit?: number;
  readonly node?: string;
  readonly type?: string;
}

export function addExportCommand(audit: Command, ports: Ports): void {
  audit
    .command('export')
    .description('entries with what they commit to, one line each, from an index to the end of the log')
    .addOption(
      new Option('--format <format>', 'plain entries, or in-toto attestations in DSSE envelopes')
        .choices(['jsonl', 'in-toto'])
        .default('jsonl'),
    )
    .option('--key <file>', 'the key that signs attestations, from: meshctl officers keygen')
    .option('--from <index>', 'begin at this index: where an earlier export ended (default: 0)', wholeNumber)
    .option('--limit <n>', 'at most this many entries (default: all)', wholeNumber)
    .option('--node <id>', 'only entries about this node')
    .option('--type <type>', 'only entries of this type, such as node_denied')
    .action((flags: ExportFlags, command: Command) =>
      withSession(command, ports, (session) => exportLog(flags, session)),
    );
}

async function exportLog(flags: ExportFlags, session: Session): Promise<void> {
  const { from = 0, limit, node, type } = flags;
  const { client, ports } = session;
  const writer = writerOf(flags, ports);
  try {
    let next = from;
    for await (const page of logPages(client, { from, node, type }, limit)) {
      ports.writeOut(page.entries.map(writer.lineOf).join(''));
      next = page.next;
    }
    ports.writeError(`exported up to entry ${next}: go on with --from ${next}\n`);
  } finally {
    writer.close();
  }
}

interface LineWriter {
  lineOf(entry: LogEntryView): string;
  /** Forgets the key. */
  close(): void;
}

function writerOf({ format, key }: ExportFlags, ports: Ports): LineWriter {
  if (format === 'jsonl') return { lineOf: (entry) => `${JSON.stringify(entry)}\n`, close: () => undefined };
  if (key === undefined)
    throw new CliError(
      'usage',
      'an attestation is signed: name a key with --key, from meshctl officers keygen',
    );
  const seed = readOfficerKey(key, ports);
  const signer = {
    keyId: encodeBase64(ed25519PublicKey(seed)),
    sign: (message: Uint8Array) => signEd25519(message, seed),
  };
  return {
    lineOf: (entry) => `${JSON.stringify(signStatement(statementOf(entry as ExportedEntry), signer))}\n`,
    close: () => seed.fill(0),
  };
}
