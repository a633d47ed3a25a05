// What to do when the keys of a config cannot be opened. After a restart the controller still seals to a key
// that was lost with the old process. A benchmark brings it a new key, so one is made now, and then the whole
// config is asked for again. Neither is done twice for one loss: a lasting fault must not turn into a storm
// of measurements.

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
  /** The newest key for which the whole config was asked for again. */
  #refetchedWith: string | undefined;

  constructor(ports: KeyRecoveryPorts) {
    this.#ports = ports;
  }

  /**
   * Keys came and could not be opened.
   * @returns whether that was to be expected: the controller has no key of this run yet, or may have had none
   *   when it sealed
   */
  cannotOpen(): boolean {
    this.#lacking = true;
    // The controller may have received a new key after it sealed.
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

  /** A submission was accepted: the controller has a new key. */
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
