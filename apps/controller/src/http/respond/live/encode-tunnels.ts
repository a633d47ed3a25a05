// The tunnels of a report in few bytes: a node of a large mesh has few of all possible ones, and where it has
// many, they are neighbours. `livePairs` of @mesh/protocol says what the bytes are.

/**
 * @param tunnels the other end's number, and 0 or 1 more than the age in seconds; in any order, which this
 *   sorts in place
 */
export function encodeTunnels(tunnels: [number, number][]): Uint8Array {
  tunnels.sort(([one], [other]) => one - other);
  const bytes: number[] = [];
  let next = 0;
  for (let at = 0; at < tunnels.length; ) {
    const first = tunnels[at]?.[0] ?? 0;
    let end = at + 1;
    while (tunnels[end]?.[0] === first + end - at) end += 1;
    write(bytes, first - next);
    write(bytes, end - at);
    for (const [, age] of tunnels.slice(at, end)) write(bytes, age);
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
