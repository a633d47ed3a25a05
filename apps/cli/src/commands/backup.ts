// meshctl backup: has the controller make a backup of its database, and fetches it into a file.

import { createHash } from 'node:crypto';
import { decodeBase64 } from '@mesh/primitives';
import type { BackupStatus } from '@mesh/protocol';
import type { Command } from 'commander';
import { CliError } from '../errors/cli-error.ts';
import { renderFields } from '../output/table.ts';
import type { NewFile, Ports } from '../ports/ports.ts';
import { type Session, withSession } from '../session/session.ts';

const LOOK_AGAIN_MS = 250;

type ReadyBackup = Extract<BackupStatus, { state: 'ready' }>;

export function addBackupCommand(program: Command, ports: Ports): void {
  program
    .command('backup')
    .description(
      "a checked copy of the controller's database while it runs, sealed under its master key, into a new file",
    )
    .argument('<file>', 'the new file; restore it with: mesh-controller restore FILE')
    .action((path: string, _flags, command: Command) =>
      withSession(command, ports, async (session) => {
        const { ready, sha256 } = await storeBackup(path, session);
        const { state: _state, ...rest } = ready;
        session.result({ file: path, ...rest, sha256 }, () =>
          renderFields([
            ['backup', path],
            ['of', ready.made_at],
            ['entries in the log', String(ready.log_size)],
            ['root hash', ready.root_hash],
            ['bytes', String(ready.length_bytes)],
            ['sha256', sha256],
            ['opens with', 'the master key of the controller: keep a copy of it, elsewhere'],
          ]),
        );
        // The file is whole by now, and stays if this fails.
        await session.client.forgetBackup(ready.backup_id);
      }),
    );
}

/** Leaves no file if it fails. */
async function storeBackup(
  path: string,
  session: Session,
): Promise<{ readonly ready: ReadyBackup; readonly sha256: string }> {
  // The file is made first, so that no backup is made that cannot be stored.
  const file = session.ports.createNewFile(path);
  const progress = new Progress(session);
  try {
    const ready = await waitUntilReady(session, progress);
    const sha256 = await fetchInto(file, ready, session, progress);
    if (ready.sha256 !== undefined && ready.sha256 !== sha256)
      throw new CliError(
        'refused',
        `what was fetched is not the file that the controller has checked (SHA-256 ${sha256}, not ${ready.sha256}): run this again, and look at the disk of the controller if it happens again`,
      );
    file.save();
    return { ready, sha256 };
  } catch (error) {
    file.discard();
    throw error;
  } finally {
    progress.end();
  }
}

async function waitUntilReady({ client, ports }: Session, progress: Progress): Promise<ReadyBackup> {
  let status = await client.startBackup();
  for (;;) {
    if (status.state === 'ready') return status;
    if (status.state === 'failed')
      throw new CliError('refused', `the controller could not make the backup: ${status.why}`);
    if (status.state === 'none')
      throw new CliError('refused', 'the controller has dropped the backup: run this again');
    progress.show(status.step, status.done, status.total);
    await ports.wait(LOOK_AGAIN_MS);
    status = await client.backup();
  }
}

/** @returns the SHA-256 of the file, in hex */
async function fetchInto(
  file: NewFile,
  { backup_id: id, length_bytes: length }: ReadyBackup,
  { client }: Session,
  progress: Progress,
): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < length; ) {
    const bytes = decodeBase64((await client.backupPart(id, offset)).bytes);
    file.write(bytes);
    hash.update(bytes);
    offset += bytes.length;
    progress.show('fetching', offset, length);
  }
  return hash.digest('hex');
}

/** One line at a terminal, which is written again and again. Nothing elsewhere. */
class Progress {
  readonly #ports: Ports;
  readonly #isShown: boolean;

  constructor({ ports, json }: Session) {
    this.#ports = ports;
    this.#isShown = ports.isTerminal && !json;
  }

  show(step: string, done: number, total: number): void {
    if (!this.#isShown || total === 0) return;
    const percent = String(Math.floor((100 * done) / total)).padStart(3);
    this.#ports.writeError(`\r${step.padEnd(8)} ${percent} %`);
  }
  end(): void {
    if (this.#isShown) this.#ports.writeError('\r\u001b[K');
  }
}
