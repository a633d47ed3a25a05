// What to do when the keys of a config cannot be opened: after a restart the controller still seals to a key that went
// with the old process. A benchmark brings it a new one, so one is made now; then everything is asked for again.
// Neither is done twice for one loss: what is wrong for good must not turn into a storm of measurements.

export interface KeyRecoveryPorts {
  /** The newest key that the controller is known to have. */
  readonly acknowledgedKeyId: () => string | undefined;
  readonly measureNow: () => void;
  readonly refetch: () => void;
}

export class KeyRecovery {
  readonly #ports: KeyRecoveryPorts;
  #lacking = false;
  #hurried = false;
  /** The key after whose acceptance everything was asked for. */
  #refetchedWith: string | undefined;

  constructor(ports: KeyRecoveryPorts) {
    this.#ports = ports;
  }

  /**
   * Keys came and could not be opened.
   * @returns whether that was to be expected: the controller has no key of this run yet, or had none when it sealed
   */
  cannotOpen(): boolean {
    this.#lacking = true;
    // The controller may have got a new key after it had sealed.
    if (this.#refetchOnce()) return true;
    const isExpected = !this.#hurried || this.#ports.acknowledgedKeyId() === undefined;
    if (!this.#hurried) {
      this.#hurried = true;
      this.#ports.measureNow();
    }
    return isExpected;
  }

  /** Keys came and were opened. */
  opened(): void {
    this.#lacking = false;
    this.#hurried = false;
  }

  /** The controller has a new key. */
  submitted(): void {
    if (this.#lacking) this.#refetchOnce();
  }

  #refetchOnce(): boolean {
    const keyId = this.#ports.acknowledgedKeyId();
    if (keyId === undefined || keyId === this.#refetchedWith) return false;
    this.#refetchedWith = keyId;
    this.#ports.refetch();
    return true;
  }
}
