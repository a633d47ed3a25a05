import { model, revision } from '../live/follow.ts';
import { many } from '../page/words.ts';

/** The newest published head of the log, and who has cosigned it. */
export function HeadLine() {
  void revision.value;
  const { head } = model;
  if (head === undefined) return <p class="head">no head of the log yet</p>;
  const { cosigned_by: by } = head;
  return (
    <p class="head">
      log: <strong>{many(head.size, 'entry', 'entries')}</strong>,{' '}
      <span title={head.root_hash}>{head.root_hash.slice(0, 12)}…</span>,{' '}
      {by.length === 0 ? 'no cosignatures' : `cosigned by ${by.join(', ')}`}
    </p>
  );
}
