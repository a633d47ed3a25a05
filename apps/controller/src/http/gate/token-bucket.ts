// Allows a number of requests at once, and from then on a number per minute, by default the same.

export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #points: number;
  #atMs: number;

  /** Starts full. @param nowMs monotonic, as everywhere here */
  constructor(perMinute: number, nowMs: number, capacity = perMinute) {
    this.#capacity = capacity;
    this.#perMs = perMinute / 60_000;
    this.#points = capacity;
    this.#atMs = nowMs;
  }

  /** Takes a point if there is one. */
  tryTake(nowMs: number): 'taken' | 'empty' {
    if (!this.hasPoint(nowMs)) return 'empty';
    this.#points -= 1;
    return 'taken';
  }

  hasPoint(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#points >= 1;
  }

  giveBack(): void {
    this.#points = Math.min(this.#capacity, this.#points + 1);
  }

  /** Whole seconds until there is a point again; at least 1. */
  secondsToNext(nowMs: number): number {
    this.#fill(nowMs);
    return Math.max(1, Math.ceil((1 - this.#points) / this.#perMs / 1000));
  }

  #fill(nowMs: number): void {
    this.#points = Math.min(this.#capacity, this.#points + (nowMs - this.#atMs) * this.#perMs);
    this.#atMs = nowMs;
  }
}
