// Counts what the listeners refuse, and says in the log when a flood begins, what it consists of and when it
// is over. The counts only rise, so a metrics page can take them as counters.

import { LogField, type Logger, type Timers } from '@mesh/host';

/** Why something was refused before it reached a route, or at one for its rate. */
export const REFUSED_FOR = [
  /** The source address opened connections too fast. */
  'connection_rate',
  /** The source address had too many connections open. */
  'connections_open',
  /** A trusted proxy did not say for whom it connects. */
  'proxy_header',
  /** The TLS handshake failed, mostly for want of a certificate of this mesh. */
  'tls_handshake',
  /** The caller sent a request before the last one was answered. */
  'pipelining',
  'address_rate',
  'node_rate',
  /** An enrolment without the proof of work that was asked for. */
  'proof_of_work',
] as const;
export type RefusedFor = (typeof REFUSED_FOR)[number];
export type RefusedCounts = Readonly<Record<RefusedFor, number>>;

const WINDOW_MS = 5_000;
/** A flood begins with this many refusals in a window, and is over below a fifth of it. */
const FLOOD_BEGINS = 500;
const FLOOD_ENDS = FLOOD_BEGINS / 5;
const SAID_EVERY_MS = 60_000;
/** A flood from more addresses than this is counted whole, but not by address. */
const MAX_SOURCES = 1_024;
const SOURCES_SAID = 3;

export interface FloodWatchPorts {
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly timers: Timers;
  readonly logger: Logger;
}

export class FloodWatch {
  readonly #ports: FloodWatchPorts;
  readonly #totals = zeroes();
  #window = zeroes();
  #sources = new Map<string, number>();
  #floodSinceMs: number | undefined;
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #isWindowOpen = false;

  constructor(ports: FloodWatchPorts) {
    this.#ports = ports;
  }

  /** Since the start of this process. */
  get totals(): RefusedCounts {
    return { ...this.#totals };
  }
  /** Wall clock; undefined if there is no flood now. */
  get floodSinceMs(): number | undefined {
    return this.#floodSinceMs;
  }

  /** @param source the network of the caller; undefined for a node, which its certificate names */
  count(reason: RefusedFor, source?: string): void {
    this.#totals[reason] += 1;
    this.#window[reason] += 1;
    if (source !== undefined) {
      const count = this.#sources.get(source);
      if (count !== undefined || this.#sources.size < MAX_SOURCES)
        this.#sources.set(source, (count ?? 0) + 1);
    }
    this.#openWindow();
  }

  #openWindow(): void {
    if (this.#isWindowOpen) return;
    this.#isWindowOpen = true;
    this.#ports.timers.setTimer(WINDOW_MS, () => this.#closeWindow(), { background: true });
  }

  #closeWindow(): void {
    this.#isWindowOpen = false;
    const refused = Object.values(this.#window).reduce((sum, count) => sum + count, 0);
    if (refused >= FLOOD_BEGINS) this.#goOn(refused);
    else if (this.#floodSinceMs !== undefined && refused < FLOOD_ENDS) this.#end();
    this.#window = zeroes();
    this.#sources = new Map();
    // A flood that stops is noticed by a window in which nothing is counted.
    if (this.#floodSinceMs !== undefined) this.#openWindow();
  }

  #goOn(refused: number): void {
    const { nowMs, monotonicMs, logger } = this.#ports;
    this.#floodSinceMs ??= Math.floor(nowMs());
    if (monotonicMs() - this.#saidAtMs < SAID_EVERY_MS) return;
    this.#saidAtMs = monotonicMs();
    const busiest = [...this.#sources].sort(([, one], [, other]) => other - one).slice(0, SOURCES_SAID);
    logger.warn(
      {
        [LogField.count]: refused,
        [LogField.durationMs]: WINDOW_MS,
        [LogField.refused]: Object.fromEntries(Object.entries(this.#window).filter(([, count]) => count > 0)),
        [LogField.sources]: Object.fromEntries(busiest),
      },
      'flood: much is refused; the counts are of one window, the sources the busiest',
    );
  }

  #end(): void {
    this.#floodSinceMs = undefined;
    this.#saidAtMs = Number.NEGATIVE_INFINITY;
    this.#ports.logger.info('the flood is over');
  }
}

const zeroes = () =>
  Object.fromEntries(REFUSED_FOR.map((reason) => [reason, 0])) as Record<RefusedFor, number>;
