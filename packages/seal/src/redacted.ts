// What every holder of secret bytes here has in common: it never prints them, and `using` zeroes them.

export abstract class Redacted implements Disposable {
  /** Zeroes the bytes. Disposing twice is no error. */
  abstract dispose(): void;

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
