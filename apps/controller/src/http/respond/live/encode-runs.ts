// What a report says of tunnels in few bytes: a node of a large mesh has few of all possible ones, and where
// it has many, they are neighbours. `livePairs` of @mesh/protocol says what the bytes are.

/**
 * @param values the other end's number, and what is said of the tunnel to it; in any order, which this sorts
 *   in place
 */
export function encodeRuns(values: [number, number][]): Uint8Array {
  values.sort(([one], [other]) => one - other);
  const bytes: number[] = [];
  let next = 0;
  for (let at = 0; at < values.length; ) {
    const first = values[at]?.[0] ?? 0;
    let end = at + 1;
    while (values[end]?.[0] === first + end - at) end += 1;
    write(bytes, first - next);
    write(bytes, end - at);
    for (const [, value] of values.slice(at, end)) write(bytes, value);
    next = first + end - at;
    at = end;
  }
  return Uint8Array.from(bytes);
}

/** LEB128 (DWARF 5, section 7.6), unsigned. */
function write(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}
