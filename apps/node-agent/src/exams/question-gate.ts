// How many questions are open at a time: a few in all, and one to a service.

export class QuestionGate {
  readonly #most: number;
  readonly #busy = new Set<string>();
  #waiting: { readonly service: string; readonly enter: () => void }[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /**
   * Runs a task in its turn.
   * @throws the signal's reason if it aborts before the turn comes; what the task rejects with
   */
  async pass<T>(service: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#turn(service, signal);
    try {
      return await task();
    } finally {
      this.#busy.delete(service);
      this.#admit();
    }
  }

  #turn(service: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const leave = () => {
        this.#waiting = this.#waiting.filter((one) => one !== waiter);
        reject(signal.reason);
      };
      const waiter = {
        service,
        enter: () => {
          signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
      this.#admit();
    });
  }

  #admit(): void {
    for (const waiter of [...this.#waiting]) {
      if (this.#busy.size >= this.#most) return;
      if (this.#busy.has(waiter.service)) continue;
      this.#busy.add(waiter.service);
      this.#waiting = this.#waiting.filter((one) => one !== waiter);
      waiter.enter();
    }
  }
}
