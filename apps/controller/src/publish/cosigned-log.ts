// Publishes heads with the cosignatures of witnesses. A head counts, and is published, when enough of them
// have cosigned it; further cosignatures are added to it as they come. Witnesses are asked about one head at
// a time, so that they cosign the same ones.

import { type NoteSignature, parseNote, renderNote, type TileEdge } from '@mesh/audit';
import { type CancelTimer, LogField, type Logger, type Timers } from '@mesh/host';
import type { LogTiles } from '../store/log-tiles.ts';
import { HeadTiles } from './head-tiles.ts';
import type { PublishedLog } from './published-log.ts';
import type { SignedHead, WitnessLine, WitnessTrouble } from './witness-line.ts';

export interface CosignedLogOptions {
  readonly published: Pick<PublishedLog, 'show'>;
  readonly tiles: Pick<LogTiles, 'full'>;
  readonly lines: readonly WitnessLine[];
  /** How many witnesses have to cosign a head. */
  readonly required: number;
  /**
   * Stores a note that counts, before it is published. Throws the store's error. Called if any is required.
   */
  readonly keep: (note: string) => void;
  readonly timers: Timers;
  readonly logger: Logger;
}

interface Pending extends SignedHead {
  readonly edge: TileEdge;
  /** By witness, in the order of the settings. */
  readonly cosignatures: Map<WitnessLine, readonly NoteSignature[]>;
}

export class CosignedLog {
  readonly #options: CosignedLogOptions;
  readonly #closing = new AbortController();
  /** The newest head that was signed. */
  #newest: Pending | undefined;
  #isAsking = false;
  #retry: CancelTimer = () => undefined;
  #isShort = false;

  constructor(options: CosignedLogOptions) {
    this.#options = options;
  }

  /**
   * Takes the next head, which is on disk. Without witnesses, or if none has to cosign, it is published
   * before this returns.
   */
  show(edge: TileEdge, note: string): void {
    const head: Pending = {
      size: edge.size,
      note,
      edge,
      read: new HeadTiles(edge, this.#options.tiles).subtrees,
      cosignatures: new Map(),
    };
    this.#newest = head;
    if (this.#options.required === 0) this.#options.published.show(edge, note);
    this.#ask();
  }

  /** The witnesses that do not cosign, by their URL. */
  troubles(): { readonly url: string; readonly trouble: WitnessTrouble }[] {
    return this.#options.lines.flatMap(({ witness: { url }, trouble }) =>
      trouble === undefined ? [] : [{ url, trouble }],
    );
  }

  /** Asks nobody any more. Heads that lack cosignatures stay unpublished. */
  close(): void {
    this.#closing.abort(new Error('the controller stops'));
    this.#retry();
  }

  #ask(): void {
    if (this.#isAsking || this.#closing.signal.aborted || this.#options.lines.length === 0) return;
    const head = this.#newest;
    if (head === undefined) return;
    this.#retry();
    this.#isAsking = true;
    void this.#askAll(head).then(() => {
      this.#isAsking = false;
      this.#report(head);
      if (this.#newest !== head) this.#ask();
      else this.#askLater(head);
    });
  }

  async #askAll(head: Pending): Promise<void> {
    const { signal } = this.#closing;
    const missing = this.#options.lines.filter((line) => !head.cosignatures.has(line));
    await Promise.all(
      missing.map(async (line) => {
        const lines = await line.cosign(head, signal);
        if (lines === undefined || signal.aborted) return;
        head.cosignatures.set(line, lines);
        if (head.cosignatures.size >= this.#options.required) this.#publish(head);
      }),
    );
  }

  /** Until every witness has cosigned the newest head. */
  #askLater(head: Pending): void {
    const missing = this.#options.lines.filter((line) => !head.cosignatures.has(line));
    if (missing.length === 0 || this.#closing.signal.aborted) return;
    const waitMs = Math.min(...missing.map((line) => line.waitMs()));
    this.#retry = this.#options.timers.setTimer(waitMs, () => this.#ask(), { background: true });
  }

  #publish({ edge, note, cosignatures }: Pending): void {
    const { published, lines, required, keep, logger } = this.#options;
    const { text, signatures } = parseNote(note);
    const cosigned = renderNote({
      text,
      signatures: [...signatures, ...lines.flatMap((line) => cosignatures.get(line) ?? [])],
    });
    if (required === 0) {
      // A newer head may be published already.
      if (this.#newest?.edge === edge) published.show(edge, cosigned);
      return;
    }
    try {
      keep(cosigned);
      published.show(edge, cosigned);
    } catch (error) {
      logger.error({ [LogField.error]: error }, 'a cosigned head could not be stored and is not published');
    }
  }

  #report({ size, cosignatures }: Pending): void {
    const { required, logger } = this.#options;
    const isShort = cosignatures.size < required;
    if (isShort !== this.#isShort && !this.#closing.signal.aborted)
      logger[isShort ? 'error' : 'info'](
        { [LogField.size]: size, [LogField.count]: cosignatures.size },
        isShort
          ? 'too few witnesses cosign: no new head of the log is published until log.required_cosignatures do'
          : 'enough witnesses cosign again',
      );
    this.#isShort = isShort;
  }
}
