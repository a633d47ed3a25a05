import { model, revision } from '../live/follow.ts';
import { nowMs } from '../page/now.ts';
import { age } from '../page/words.ts';

/** The epoch in force, and how long until its end, by the controller's clock. */
export function EpochClock() {
  void revision.value;
  const { epoch } = model;
  if (epoch === null) return <p class="epoch">no epoch yet</p>;
  const leftMs = Date.parse(epoch.ends_at) - model.controllerNowMs(nowMs.value);
  return (
    <p class="epoch">
      epoch <strong>{epoch.id}</strong>, {leftMs > 0 ? `ends in ${age(leftMs)}` : `over for ${age(-leftMs)}`}
      {epoch.next !== null && `; ${epoch.next.id} is ready`}
    </p>
  );
}
