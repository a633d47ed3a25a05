// The node's entries in the log. Each can be verified here: that the log has it is shown by arithmetic in this
// browser, and does not rest on the controller's word.

import type { LogEntryView } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { clockTime } from '../page/words.ts';
import type { Verified } from './verify-entry.ts';

const SHOWN = 20;

type Outcome = Verified | { readonly kind: 'checking' };

export function NodeEntries({ entries }: { readonly entries: readonly LogEntryView[] }) {
  const [outcomes, setOutcomes] = useState<ReadonlyMap<number, Outcome>>(new Map());
  const shown = [...entries].sort((one, other) => other.index - one.index).slice(0, SHOWN);
  const note = (index: number, outcome: Outcome) =>
    setOutcomes((before) => new Map(before).set(index, outcome));
  const verify = async (some: readonly LogEntryView[]) => {
    for (const { index } of some) note(index, { kind: 'checking' });
    const { verifyEntry } = await import('./verify-entry.ts');
    for (const entry of some) note(entry.index, await verifyEntry(entry));
  };
  return (
    <section aria-labelledby="entries">
      <div class="bar">
        <h2 id="entries">Log entries</h2>
        {shown.length > 0 && (
          <button type="button" onClick={() => void verify(shown)}>
            Verify all
          </button>
        )}
      </div>
      <ul class="entries">
        {shown.map((entry) => (
          <li key={entry.index}>
            <details>
              <summary>
                {entry.index} · {clockTime(String(entry.entry.at))} ·{' '}
                {String(entry.entry.type).replaceAll('_', ' ')}
              </summary>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
              <pre tabIndex={0}>{JSON.stringify(entry.entry, null, 2)}</pre>
            </details>
            <VerifyButton
              index={entry.index}
              outcome={outcomes.get(entry.index)}
              onVerify={() => void verify([entry])}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface VerifyButtonProps {
  readonly index: number;
  readonly outcome: Outcome | undefined;
  readonly onVerify: () => void;
}

function VerifyButton({ index, outcome, onVerify }: VerifyButtonProps) {
  if (outcome === undefined)
    return (
      <button type="button" aria-label={`Verify entry ${index}`} onClick={onVerify}>
        Verify
      </button>
    );
  return (
    <span class={`verified ${outcome.kind}`} role="status">
      {outcome.kind === 'checking' ? 'checking…' : outcome.sentence}
    </span>
  );
}
