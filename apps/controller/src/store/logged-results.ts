// Where the log has each accepted benchmark that is being answered.

import type { MeshEvent } from '@mesh/membership';

export interface LoggedResult {
  readonly index: number;
  /** RFC 6962 leaf hash of the entry, 32 bytes. */
  readonly leaf: Uint8Array;
}

export class LoggedResults {
  /** An entry's place goes with its event. */
  readonly #results = new WeakMap<MeshEvent, LoggedResult>();

  note(event: MeshEvent, result: LoggedResult): void {
    this.#results.set(event, result);
  }

  /** @param events that are on disk */
  among(events: readonly MeshEvent[]): LoggedResult | undefined {
    for (const event of events) {
      const result = this.#results.get(event);
      if (result !== undefined) return result;
    }
    return undefined;
  }
}
