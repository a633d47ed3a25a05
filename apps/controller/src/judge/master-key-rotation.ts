// Replaces the master key while the controller runs:
//
//   1. FILE.next holds the new key, on disk.
//   2. The start of the rotation is recorded. From here on everything new is sealed under the new key.
//   3. Everything is sealed again, some values at a time between other work.
//   4. FILE is replaced by the new key; FILE.next is removed.
//   5. The end is recorded.
//
// A process that dies after 2 is finished by the next start (store/master-key-rotation.ts).

import { setImmediate as nextTurn } from 'node:timers/promises';
import { HostError, LogField, type Logger } from '@mesh/host';
import {
  type Actor,
  done,
  finishMasterKeyRotation,
  type MeshView,
  startMasterKeyRotation,
} from '@mesh/membership';
import { SecretBytes } from '@mesh/primitives';
import { type MasterKeyStatus, ProblemError, problem } from '@mesh/protocol';
import { ControllerError } from '../errors/controller-error.ts';
import type { SealedStore } from '../store/sealed-store.ts';
import type { Sealer } from '../trust/at-rest-sealer.ts';
import { MASTER_KEY_BYTES, sealerUnder } from '../trust/master-key.ts';
import type { SwitchableSealer } from '../trust/switchable-sealer.ts';
import type { Judge } from './judge.ts';

export interface MasterKeyRotationOptions {
  readonly store: SealedStore;
  readonly sealer: SwitchableSealer;
  readonly view: MeshView;
  readonly judge: Pick<Judge, 'run'>;
  readonly randomBytes: (length: number) => Uint8Array;
  /** A copy that is made meanwhile would be under two keys. */
  readonly isBackupBeingMade: () => boolean;
  readonly logger: Logger;
}

export class MasterKeyRotation {
  readonly #options: MasterKeyRotationOptions;
  /** The key of the rotation that is under way. */
  #next: { readonly key: SecretBytes; readonly sealer: Sealer } | undefined;
  #isBusy = false;
  #isClosed = false;
  #done = 0;
  #total = 0;

  constructor(options: MasterKeyRotationOptions) {
    this.#options = options;
  }

  status(): MasterKeyStatus {
    const status = this.#isBusy ? 'running' : this.#next === undefined ? 'idle' : 'stopped';
    return { status, sealed_again: Math.min(this.#done, this.#total), total: this.#total };
  }

  /** Whether what is sealed may be under two keys now. */
  isUnderWay(): boolean {
    return this.#isBusy || this.#options.view.controllerFacts().isMasterKeyRotating;
  }

  /**
   * Resolves when the rotation is under way; goes on with one that has stopped.
   *
   * @throws ProblemError `state_conflict`: one is under way, or the key is where it cannot be replaced; what
   *   {@link Judge.run} does
   */
  async start(asked: { readonly why: string; readonly actor: Actor }): Promise<void> {
    const { store, isBackupBeingMade } = this.#options;
    if (this.#isBusy)
      throw conflict('another master key is on its way already: see meshctl master-key status');
    if (store.refusal !== undefined) throw conflict(store.refusal);
    if (isBackupBeingMade()) throw conflict('a backup is being made: wait until it is done (meshctl backup)');
    this.#isBusy = true;
    try {
      this.#next ??= await this.#begin(asked);
    } catch (error) {
      this.#isBusy = false;
      throw error;
    }
    void this.#sealAll(this.#next);
  }

  /** Stops before the next values. A later start of the controller ends the rotation. */
  close(): void {
    this.#isClosed = true;
  }

  async #begin(asked: { readonly why: string; readonly actor: Actor }) {
    const { store, judge, sealer, randomBytes } = this.#options;
    const key = SecretBytes.own(randomBytes(MASTER_KEY_BYTES));
    try {
      store.writeNext(key);
    } catch (error) {
      key.dispose();
      if (!(error instanceof HostError || error instanceof ControllerError)) throw error;
      throw conflict(
        `${error.message}; nothing was changed. Where the controller may not write its key, stop it and run mesh-controller rotate-master-key as a user who may`,
      );
    }
    try {
      await judge.run(startMasterKeyRotation(asked));
    } catch (error) {
      // Another error may have come after the commit: the next start looks which key counts.
      if (error instanceof ProblemError) store.dropNext();
      throw error;
    }
    const next = { key, sealer: sealerUnder(key) };
    sealer.begin(next.sealer);
    return next;
  }

  async #sealAll({ key, sealer: to }: { readonly key: SecretBytes; readonly sealer: Sealer }): Promise<void> {
    const { store, sealer, judge, logger } = this.#options;
    try {
      this.#done = 0;
      this.#total = store.countSealed();
      // What was sealed under the key before and waits for its commit is on disk after this.
      await nextTurn();
      await judge.run(() => done([]));
      for (const count of store.sealAgain(sealer, to)) {
        this.#done += count;
        await nextTurn();
        if (this.#isClosed) return;
      }
      store.putInPlace(key);
      sealer.finish();
      await judge.run(finishMasterKeyRotation);
      this.#next = undefined;
      logger.info({ [LogField.count]: this.#done }, 'the master key is another one: keep a copy of its file');
    } catch (error) {
      logger.error(
        { [LogField.error]: error },
        'the rotation of the master key has stopped; meshctl master-key rotate goes on, and so does a restart',
      );
    } finally {
      this.#isBusy = false;
    }
  }
}

const conflict = (detail: string): ProblemError => new ProblemError(problem('state_conflict', detail));
