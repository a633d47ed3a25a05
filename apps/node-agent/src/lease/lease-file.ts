// The lease on disk, so that an agent that restarts keeps its tunnels no longer than the one before it would have, and
// no shorter. It counts on one boot's clock only: after a reboot there is no interface left to keep.

import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@mesh/host';
import { parseStrictJson } from '@mesh/primitives';
import { z } from 'zod';
import type { Lease } from './lease.ts';

const content = z.strictObject({ boot_id: z.string(), ends_at_boot_ms: z.number() });
/** Renewals come several times a minute; the disk need not see each. */
const MIN_GAP_MS = 5_000;

export class LeaseFile {
  readonly #path: string;
  readonly #bootId: string;
  readonly #onUnsaved: (error: unknown) => void;
  #savedEndMs = Number.NEGATIVE_INFINITY;
  #saving = false;

  constructor(path: string, bootId: string, onUnsaved: (error: unknown) => void) {
    this.#path = path;
    this.#bootId = bootId;
    this.#onUnsaved = onUnsaved;
  }

  /** @returns undefined where there is none, it is unreadable, or it is of another boot */
  async read(): Promise<Lease | undefined> {
    try {
      const { boot_id, ends_at_boot_ms } = content.parse(parseStrictJson(await readFile(this.#path, 'utf8')));
      return boot_id === this.#bootId ? { endsAtBootMs: ends_at_boot_ms } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Stores it soon, if it is worth it; returns at once. */
  save(lease: Lease): void {
    const gainedMs = lease.endsAtBootMs - this.#savedEndMs;
    if (this.#saving || Math.abs(gainedMs) < MIN_GAP_MS) return;
    this.#saving = true;
    const text = `${JSON.stringify({ boot_id: this.#bootId, ends_at_boot_ms: lease.endsAtBootMs })}\n`;
    writeFileAtomic(this.#path, text)
      .then(() => {
        this.#savedEndMs = lease.endsAtBootMs;
      })
      .catch(this.#onUnsaved)
      .finally(() => {
        this.#saving = false;
      });
  }
}
