// Whose turn it is to have the log replayed. All doors share one, because a replay is work for the one thread
// that also cuts nodes.

export class ReplayTurn {
  #isTaken = false;

  /**
   * Rejects as the replay does.
   *
   * @returns undefined, without a replay, while another one runs
   */
  async runIfFree<T>(replay: () => Promise<T>): Promise<T | undefined> {
    if (this.#isTaken) return undefined;
    this.#isTaken = true;
    try {
      return await replay();
    } finally {
      this.#isTaken = false;
    }
  }
}
