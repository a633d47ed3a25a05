// Recovers when the keys of a config cannot be opened. After a restart the controller still seals to a key
// that was lost with the old process. A benchmark carries a new key, so the node measures at once and then
// asks for the whole config again. Neither is repeated until keys could be opened or the controller has
// another key, so that a lasting fault does not cause a storm of measurements.

export interface KeyRecoveryPorts {
  /** The newest key that the controller is known to have. */
  readonly acknowledgedKeyId: () => string | undefined;
  readonly measureNow: () => void;
  readonly refetch: () => void;
}

export class KeyRecovery {
  readonly #ports: KeyRecoveryPorts;
  #lacksKeys = false;
  #hasMeasured = false;
  /** The key with which the whole config was last asked for again. */
  #refetchedWith: string | undefined;

  constructor(ports: KeyRecoveryPorts) {
    this.#ports = ports;
  }

  /**
   * Call it when keys came that could not be opened.
   * @returns whether that was expected: the controller has no key of this run yet, or may have had none when
   *   it sealed
   */
  cannotOpen(): boolean {
    this.#lacksKeys = true;
    // The controller may have received a new key after it sealed.
    if (this.#refetchOnce()) return true;
    const isExpected = !this.#hasMeasured || this.#ports.acknowledgedKeyId() === undefined;
    if (!this.#hasMeasured) {
      this.#hasMeasured = true;
      this.#ports.measureNow();
    }
    return isExpected;
  }

  /** Call it when keys came and were opened. */
  opened(): void {
    this.#lacksKeys = false;
    this.#hasMeasured = false;
  }

  /** Call it when a submission was accepted, so that the controller has a new key. */
  submitted(): void {
    if (this.#lacksKeys) this.#refetchOnce();
  }

  #refetchOnce(): boolean {
    const keyId = this.#ports.acknowledgedKeyId();
    if (keyId === undefined || keyId === this.#refetchedWith) return false;
    this.#refetchedWith = keyId;
    this.#ports.refetch();
    return true;
  }
}
