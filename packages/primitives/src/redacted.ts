// The base class of all holders of secret bytes. They show "[secret]" wherever an object can be printed by
// accident, and `using` zeroes their bytes at the end of the block.

const REDACTED = '[secret]';

export abstract class Redacted implements Disposable {
  /** Zeroes the bytes. Disposing again does nothing. */
  abstract dispose(): void;

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  /** What Node's console and util.inspect show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}
