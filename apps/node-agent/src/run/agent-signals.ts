// What parts of an agent tell one another without knowing one another: a part that has news emits a signal,
// and wire-agent.ts connects the parts that act on it. So the parts are made one after the other, each from
// earlier ones.

/**
 * Calls its listeners at once, in the order in which they were added. Without a listener the news is dropped.
 */
export class Signal<Value = void> {
  readonly #listeners: ((value: Value) => void)[] = [];

  listen(listener: (value: Value) => void): void {
    this.#listeners.push(listener);
  }

  readonly emit = (value: Value): void => {
    for (const listener of this.#listeners) listener(value);
  };
}

/** An answer of the controller named the newest config version. */
export interface VersionConfirmed {
  readonly version: string;
  /** When the request of that answer was sent. */
  readonly askedAtBootMs: number;
}

export class AgentSignals {
  readonly versionConfirmed = new Signal<VersionConfirmed>();
  /** Every pair holds the key of an epoch now. */
  readonly epochApplied = new Signal();
  /** Something began to fail, fails for another reason, or works again. */
  readonly troubleChanged = new Signal();
  /** A measurement is wanted before its time. */
  readonly measurementWanted = new Signal();
  /** The whole config is wanted again, whatever is held. */
  readonly refetchWanted = new Signal();
}
