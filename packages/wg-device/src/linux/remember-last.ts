// Remembers the last value that was made from bytes.

/**
 * @param make depends on the bytes alone, and what it returns is not changed by anybody
 * @returns a function that returns the value of the last call if the bytes are the same. It keeps the bytes
 */
export function rememberLast<T>(make: (bytes: Uint8Array) => T): (bytes: Uint8Array) => T {
  let last: { readonly bytes: Uint8Array; readonly made: T } | undefined;
  return (bytes) => {
    if (last === undefined || Buffer.compare(bytes, last.bytes) !== 0) last = { bytes, made: make(bytes) };
    return last.made;
  };
}
