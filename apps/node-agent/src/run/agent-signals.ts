// The signals between parts of an agent that do not know each other. A part that has news emits a signal, and
// wire-agent.ts connects the parts that react to it. So the parts can be made one after the other, each from
// earlier ones.

/**
 * Calls its listeners at once, in the order in which they were added. Without listeners the value is dropped.
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

/** An answer of the controller confirmed a config version as the newest. */
export interface VersionConfirmed {
  readonly version: string;
  /** When the request for that answer was sent. */
  readonly askedAtBootMs: number;
}

export class AgentSignals {
  readonly versionConfirmed = new Signal<VersionConfirmed>();
  /** Every pair has the key of an epoch now. */
  readonly epochApplied = new Signal();
  /** Pairs have begun to send on another slot. */
  readonly slotsMoved = new Signal();
  /** Something began to fail, fails for another reason, or works again. */
  readonly troubleChanged = new Signal();
  /** A measurement is wanted before the interval is over. */
  readonly measurementWanted = new Signal();
  /** The interval between two measurements has become another. */
  readonly paceChanged = new Signal();
  /** The controller has named this node's open assignments as an examiner. */
  readonly examsNamed = new Signal<readonly string[]>();
  /** The whole config is wanted again, whatever version is held. */
  readonly refetchWanted = new Signal();
}
