// The lease on disk, so that a restarted agent keeps its tunnels as long as the previous process would have
// kept them. It is valid for one boot only: after a reboot there is no interface left to keep.

import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import * as z from 'zod';
import type { Lease } from './lease.ts';

const content = z.strictObject({ boot_id: z.string(), ends_at_boot_ms: z.number() });
/**
 * Renewals come several times per minute, and not every one has to be written. The file may differ from the
 * lease by less than this share of its length (5 s of 180). After a restart the lease is off by that much.
 */
const BEHIND_SHARE = 1 / 36;

export class LeaseFile {
  readonly #path: string;
  readonly #bootId: string;
  readonly #onUnsaved: (error: unknown) => void;
  #savedEndMs = Number.NEGATIVE_INFINITY;
  #isSaving = false;
  /** Saves the newest lease that came while another was being written. */
  #next: (() => void) | undefined;

  constructor(path: string, bootId: string, onUnsaved: (error: unknown) => void) {
    this.#path = path;
    this.#bootId = bootId;
    this.#onUnsaved = onUnsaved;
  }

  /** @returns undefined if there is no lease, if it cannot be read, or if it is from another boot */
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
    if (this.#isSaving) {
      this.#next = () => this.save(lease, leaseSeconds);
      return;
    }
    const gainedMs = lease.endsAtBootMs - this.#savedEndMs;
    if (Math.abs(gainedMs) < leaseSeconds * 1_000 * BEHIND_SHARE) return;
    this.#isSaving = true;
    const text = `${JSON.stringify({ boot_id: this.#bootId, ends_at_boot_ms: lease.endsAtBootMs })}\n`;
    writeFileAtomic(this.#path, text)
      .then(() => {
        this.#savedEndMs = lease.endsAtBootMs;
      })
      .catch(this.#onUnsaved)
      .finally(() => {
        this.#isSaving = false;
        const next = this.#next;
        this.#next = undefined;
        next?.();
      });
  }
}
