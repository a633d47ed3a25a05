// The findings that receivers are told of, in the database and in memory. Receivers are told of one also
// while the database takes no writes: that is one of the findings.

import type { AlertRows } from '../store/alert-rows.ts';
import type { Alert, QueuedAlert } from './alert.ts';
import { type Edge, Findings, keyOf, type Ongoing } from './findings.ts';

export interface KeptFinding extends QueuedAlert {
  readonly position: { readonly kind: 'finding'; readonly finding: number };
  /** How many entries the log had: it is told before the next one. */
  readonly logSize: number;
}

export interface KeptFindingsPorts {
  readonly rows: Pick<AlertRows, 'findings' | 'keepFinding' | 'dropFindings'>;
  readonly newId: () => string;
  readonly nowMs: () => number;
  readonly logSize: () => number;
}

export class KeptFindings {
  readonly #ports: KeptFindingsPorts;
  readonly #findings = new Findings();
  /** In the order of their numbers. */
  #kept: KeptFinding[] = [];
  #unsaved: KeptFinding[] = [];
  #newest: number;

  /** @throws the error of SQLite */
  constructor(ports: KeptFindingsPorts) {
    this.#ports = ports;
    for (const { finding, logSize, content } of ports.rows.findings()) {
      const alert = JSON.parse(content) as Alert;
      this.#kept.push({ position: { kind: 'finding', finding }, logSize, alert });
      this.#findings.remember(alert);
    }
    this.#newest = this.#kept.at(-1)?.position.finding ?? 0;
  }

  /** The number of the newest one; 0: there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** Those that a receiver may not have been told of, in order. */
  all(): readonly KeptFinding[] {
    return this.#kept;
  }

  /** @returns what has begun and what has ended since the last look, in order */
  look(now: readonly Ongoing[]): KeptFinding[] {
    const found = this.#findings.look(now).map((edge) => this.#keep(edge));
    this.#kept.push(...found);
    this.#unsaved.push(...found);
    return found;
  }

  /** Writes what is not on disk yet. @throws the error of SQLite */
  save(): void {
    for (;;) {
      const [first] = this.#unsaved;
      if (first === undefined) return;
      const { position, logSize, alert } = first;
      this.#ports.rows.keepFinding({
        finding: position.finding,
        logSize,
        content: JSON.stringify(alert),
      });
      this.#unsaved.shift();
    }
  }

  /**
   * Drops those that every receiver was told of, but for the newest one of what goes on. Call it after
   * `save`.
   *
   * @param toldTo the last finding that every receiver was told of
   * @throws the error of SQLite
   */
  prune(toldTo: number): void {
    // The number of the last one stays taken.
    const isOver = ({ position: { finding }, alert }: KeptFinding) =>
      finding <= toldTo &&
      finding < this.#newest &&
      (alert.status !== 'firing' || this.#kept.some((later) => isLaterOf(later, finding, alert)));
    const over = this.#kept.filter(isOver);
    if (over.length === 0) return;
    this.#ports.rows.dropFindings(over.map(({ position }) => position.finding));
    this.#kept = this.#kept.filter((kept) => !over.includes(kept));
  }

  #keep(edge: Edge): KeptFinding {
    const { newId, nowMs, logSize } = this.#ports;
    this.#newest += 1;
    return {
      position: { kind: 'finding', finding: this.#newest },
      logSize: logSize(),
      alert: { ...edge, id: `finding_${newId()}`, atMs: nowMs() },
    };
  }
}

const isLaterOf = ({ position, alert }: KeptFinding, finding: number, earlier: Alert): boolean =>
  position.finding > finding && keyOf(alert as Edge) === keyOf(earlier as Edge);
