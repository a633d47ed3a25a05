// How many questions of each peer are answered. What is beyond that is left unanswered, so that no peer makes
// this node work or send more.

/** `mesh-agent ping` sends up to 100 questions, each as soon as the one before is answered. */
const BURST = 128;
const PER_SECOND = 8;

export class AnswerBudget {
  readonly #byAddress = new Map<string, { left: number; atMs: number }>();

  /** @returns whether to answer this address */
  tryTake(address: string, nowMs: number): boolean {
    const budget = this.#byAddress.get(address) ?? { left: BURST, atMs: nowMs };
    const gained = ((nowMs - budget.atMs) / 1_000) * PER_SECOND;
    const left = Math.min(BURST, budget.left + Math.max(0, gained));
    const isEnough = left >= 1;
    this.#byAddress.set(address, { left: isEnough ? left - 1 : left, atMs: nowMs });
    return isEnough;
  }

  /** Forgets all addresses but these. */
  keep(addresses: ReadonlySet<string>): void {
    for (const address of this.#byAddress.keys())
      if (!addresses.has(address)) this.#byAddress.delete(address);
  }
}
