// Says whether the newest published head holds, as this browser finds out by itself.

import { useEffect, useState } from 'preact/hooks';
import { model, revision } from '../live/follow.ts';
import { AskError, messageOf } from '../session/ask.ts';
import type { CheckedHead } from './check-head.ts';

/** In a busy mesh there is a head each second. */
const CHECK_EVERY_MS = 15_000;
let checkedAtMs = Number.NEGATIVE_INFINITY;

type Outcome = CheckedHead | { readonly kind: 'unanswered'; readonly sentence: string };

export function HeadCheck() {
  void revision.value;
  const [outcome, setOutcome] = useState<Outcome | undefined>(undefined);
  const { head } = model;
  const of = `${head?.size} ${head?.root_hash} ${head?.cosigned_by.length}`;
  useEffect(() => {
    if (head === undefined || head.size === 0) return;
    let isWanted = true;
    const timer = setTimeout(
      () => {
        checkedAtMs = performance.now();
        void check().then((found) => {
          if (isWanted) setOutcome(found);
        });
      },
      Math.max(0, checkedAtMs + CHECK_EVERY_MS - performance.now()),
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [of]);
  if (outcome === undefined) return null;
  return (
    <p class={`head verified ${outcome.kind}`} role={outcome.kind === 'refused' ? 'alert' : undefined}>
      {outcome.sentence}
    </p>
  );
}

async function check(): Promise<Outcome> {
  try {
    const [{ askCheckpoint, askKeys }, { checkHead }] = await Promise.all([
      import('./log-requests.ts'),
      import('./check-head.ts'),
    ]);
    const { known, ...view } = await askKeys();
    return checkHead(await askCheckpoint(), view, known);
  } catch (error) {
    const why = messageOf(error);
    return error instanceof AskError
      ? { kind: 'unanswered', sentence: `the head was not checked: ${why}` }
      : { kind: 'refused', sentence: `NOT verified: ${why}` };
  }
}
