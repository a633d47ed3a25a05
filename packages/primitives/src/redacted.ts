// What every holder of secret bytes has in common: it shows "[secret]" wherever an object can be printed by accident, and
// `using` zeroes what it holds.

const REDACTED = '[secret]';

export abstract class Redacted implements Disposable {
  /** Zeroes the bytes. Disposing twice is no error. */
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
