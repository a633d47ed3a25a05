// Finds the times in which nothing that is done to a node affects a pair. All packets of the pair from those
// times must arrive. Pure.

/** At `atMs`, something begins to disturb a node, or stops. */
export interface Disturbance<Name extends string> {
  readonly name: Name;
  readonly atMs: number;
  readonly disturbed: boolean;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * @param disturbances in order of time
 * @param marginMs packets sent within this time before a disturbance may still be on their way when it begins
 */
export function quietWindows<Name extends string>(
  disturbances: readonly Disturbance<Name>[],
  pair: readonly [Name, Name],
  { fromMs, toMs }: Window,
  marginMs: number,
): Window[] {
  const windows: Window[] = [];
  const disturbed = new Set<Name>();
  let quietSinceMs: number | undefined = fromMs;
  const close = (atMs: number) => {
    if (quietSinceMs !== undefined && atMs > quietSinceMs) windows.push({ fromMs: quietSinceMs, toMs: atMs });
    quietSinceMs = undefined;
  };
  for (const { name, atMs, disturbed: begins } of disturbances) {
    if (!pair.includes(name)) continue;
    if (begins) {
      disturbed.add(name);
      close(atMs - marginMs);
    } else {
      disturbed.delete(name);
      if (disturbed.size === 0) quietSinceMs ??= atMs;
    }
  }
  close(toMs);
  return windows;
}

/** Whether something was being done to the node at that time. */
export function isDisturbedAt<Name extends string>(
  disturbances: readonly Disturbance<Name>[],
  node: string,
  atMs: number,
): boolean {
  return disturbances.findLast((one) => one.name === node && one.atMs <= atMs)?.disturbed ?? false;
}
