// The one backup that is being made, or waits to be fetched. It is fetched in parts, so that an answer is
// never longer than a part, whatever the length of the database.

import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { encodeBase64, wipe } from '@mesh/primitives';
import { BACKUP_PART_BYTES } from '@mesh/protocol';
import { removeDatabase } from '../store/remove-database.ts';
import { SealedFor, type Sealer } from '../trust/at-rest-sealer.ts';
import { BACKUP_KEY_BYTES } from './backup-file.ts';
import type { BackupOrder, BackupStep, MadeBackup } from './backup-work.ts';
import type { BackupReport } from './backup-worker.ts';

export interface BackupsOptions {
  /** The database, and where the copy and the file of a backup are. */
  readonly paths: { readonly database: string; readonly backupCopy: string; readonly backup: string };
  /** Of the published log, which old tiles may have moved to. */
  readonly logFolder: string | undefined;
  readonly meshId: string;
  readonly sealer: Sealer;
  /** Whether what is sealed is under two master keys now, so that a copy would open with neither. */
  readonly isMasterKeyRotating: () => boolean;
  readonly head: () => { readonly size: number; readonly rootHash: string };
  readonly nowMs: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The program of the thread, if it is not the usual one. */
  readonly entry?: URL;
}

export type BackupState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'making';
      readonly id: string;
      readonly step: BackupStep;
      readonly done: number;
      readonly total: number;
    }
  | ({ readonly kind: 'ready' } & MadeBackup)
  | { readonly kind: 'failed'; readonly id: string; readonly why: string };

export class Backups {
  readonly #options: BackupsOptions;
  #state: BackupState = { kind: 'none' };
  #thread: Worker | undefined;

  /** Removes what an earlier process left. */
  constructor(options: BackupsOptions) {
    this.#options = options;
    this.#remove();
  }

  get state(): BackupState {
    return this.#state;
  }

  /** False while one is being made, or the master key is being replaced. */
  get mayStart(): boolean {
    return this.#state.kind !== 'making' && !this.#options.isMasterKeyRotating();
  }

  /**
   * Begins another one, in place of one that was not fetched.
   *
   * @returns false if it may not start
   */
  start(): boolean {
    if (!this.mayStart) return false;
    this.#remove();
    const { paths, logFolder, meshId, sealer, head, nowMs, randomBytes } = this.#options;
    const id = randomUUID();
    const key = randomBytes(BACKUP_KEY_BYTES);
    let thread: Worker;
    try {
      const order: BackupOrder = {
        database: paths.database,
        logFolder,
        copy: paths.backupCopy,
        target: paths.backup,
        id,
        meshId,
        nowMs: nowMs(),
        key,
        sealedKey: encodeBase64(sealer.seal(SealedFor.backup, id, key)),
        head: { ...head(), source: 'the running controller' },
      };
      thread = new Worker(this.#options.entry ?? workerEntry(), { workerData: order });
    } finally {
      wipe(key);
    }
    this.#state = { kind: 'making', id, step: 'copying', done: 0, total: 0 };
    this.#thread = thread;
    const isCurrent = () => this.#thread === thread;
    thread.on('message', (report: BackupReport) => {
      if (!isCurrent()) return;
      if (report.kind === 'progress') this.#state = { ...report, kind: 'making', id };
      else this.#state = { kind: 'ready', ...report.made };
    });
    const fail = (why: string): void => {
      if (isCurrent() && this.#state.kind === 'making') this.#state = { kind: 'failed', id, why };
    };
    thread.on('error', (error) => fail(error instanceof Error ? error.message : 'unknown error'));
    thread.on('exit', () => fail('its thread ended'));
    return true;
  }

  /**
   * Reads a part of the backup that is ready, of BACKUP_PART_BYTES or what is left.
   *
   * @returns undefined if there is no such backup, or it is shorter
   */
  async readPart(id: string, offset: number): Promise<Uint8Array | undefined> {
    const state = this.#state;
    if (state.kind !== 'ready' || state.header.id !== id || offset >= state.lengthBytes) return undefined;
    const file = await open(this.#options.paths.backup);
    try {
      const bytes = new Uint8Array(Math.min(BACKUP_PART_BYTES, state.lengthBytes - offset));
      let length = 0;
      while (length < bytes.length) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, offset + length);
        if (bytesRead === 0) return undefined;
        length += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  /** Removes a backup that was fetched. Does nothing about another one. */
  forget(id: string): void {
    if (this.#state.kind !== 'ready' || this.#state.header.id !== id) return;
    this.#state = { kind: 'none' };
    this.#remove();
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#state = { kind: 'none' };
    await thread?.terminate();
    this.#remove();
  }

  #remove(): void {
    removeDatabase(this.#options.paths.backupCopy);
    rmSync(this.#options.paths.backup, { force: true });
  }
}

function workerEntry(): URL {
  return new URL(
    import.meta.url.endsWith('.ts') ? './backup-worker.ts' : './backup-worker.js',
    import.meta.url,
  );
}
