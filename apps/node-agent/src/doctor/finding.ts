// What one check of `mesh-agent doctor` found. Each message says what is so; that of a failure or a warning
// also says how to mend it.

/**
 * `failed`: the node cannot do its work. `warning`: it works, but something will break or is open. `skipped`:
 * there is nothing to check here.
 */
export type Outcome = 'ok' | 'warning' | 'failed' | 'skipped';

export interface Finding {
  readonly outcome: Outcome;
  readonly message: string;
}

export const ok = (message: string): Finding => ({ outcome: 'ok', message });
export const warning = (message: string): Finding => ({ outcome: 'warning', message });
export const failed = (message: string): Finding => ({ outcome: 'failed', message });
export const skipped = (message: string): Finding => ({ outcome: 'skipped', message });

/** One finding for several: the worst outcome, and the messages of the findings that have it. */
export function worstOf(findings: readonly Finding[], fine: Finding): Finding {
  for (const outcome of ['failed', 'warning'] as const) {
    const such = findings.filter((finding) => finding.outcome === outcome);
    if (such.length > 0) return { outcome, message: such.map(({ message }) => message).join('; ') };
  }
  return fine;
}
