// What comparing rows needs of an entry of the log.

import type { JsonObject } from '@mesh/audit';

export interface FollowedEntry {
  readonly index: number;
  /** RFC 3339. */
  readonly at: string;
  readonly type: string;
  readonly node_id?: string;
  readonly epoch_id?: number;
  readonly data: JsonObject;
  /** The commitment to its details. */
  readonly details?: string;
}

/**
 * Reads an entry without the checks of its form: its hash is compared, and with it every byte.
 *
 * @returns undefined if it is not JSON
 */
export function readEntry(bytes: Uint8Array): FollowedEntry | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as FollowedEntry;
  } catch {
    return undefined;
  }
}
