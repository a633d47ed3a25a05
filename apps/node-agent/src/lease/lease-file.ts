// The lease on disk, so that an agent that restarts keeps its tunnels for as long as the agent before it
// would have, and no longer. It counts on the clock of one boot only: after a reboot there is no interface
// left to keep.

import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { z } from 'zod';
import type { Lease } from './lease.ts';

const content = z.strictObject({ boot_id: z.string(), ends_at_boot_ms: z.number() });
/**
 * Renewals come several times a minute, and not each has to be written: the file may be behind by this share
 * of a lease (5 s of 180). An agent that restarts then has that much less time.
 */
const BEHIND_SHARE = 1 / 36;

export class LeaseFile {
  readonly #path: string;
  readonly #bootId: string;
  readonly #onUnsaved: (error: unknown) => void;
  #savedEndMs = Number.NEGATIVE_INFINITY;
  #saving = false;
  /** Saves what came while another lease was being written. */
  #next: (() => void) | undefined;

  constructor(path: string, bootId: string, onUnsaved: (error: unknown) => void) {
    this.#path = path;
    this.#bootId = bootId;
    this.#onUnsaved = onUnsaved;
  }

  /** @returns undefined where there is no lease, it cannot be read, or it is from another boot */
  async read(): Promise<Lease | undefined> {
    try {
      const { boot_id, ends_at_boot_ms } = content.parse(parseStrictJson(await readFile(this.#path, 'utf8')));
      return boot_id === this.#bootId ? { endsAtBootMs: ends_at_boot_ms } : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Stores the lease soon, unless the file is close enough to it. Returns at once.
   *
   * @param leaseSeconds how long a new lease lasts
   */
  save(lease: Lease, leaseSeconds: number): void {
    if (this.#saving) {
      this.#next = () => this.save(lease, leaseSeconds);
      return;
    }
    const gainedMs = lease.endsAtBootMs - this.#savedEndMs;
    if (Math.abs(gainedMs) < leaseSeconds * 1_000 * BEHIND_SHARE) return;
    this.#saving = true;
    const text = `${JSON.stringify({ boot_id: this.#bootId, ends_at_boot_ms: lease.endsAtBootMs })}\n`;
    writeFileAtomic(this.#path, text)
      .then(() => {
        this.#savedEndMs = lease.endsAtBootMs;
      })
      .catch(this.#onUnsaved)
      .finally(() => {
        this.#saving = false;
        const next = this.#next;
        this.#next = undefined;
        next?.();
      });
  }
}
