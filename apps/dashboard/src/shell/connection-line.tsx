// Says whether the figures are live, and if not, how old they are.

import { connection } from '../live/follow.ts';
import { nowMs } from '../page/now.ts';
import { age } from '../page/words.ts';

export function ConnectionLine() {
  const { value } = connection;
  return (
    <span class={`connection ${value.kind}`} role="status">
      {value.kind === 'live' && 'live'}
      {value.kind === 'connecting' && 'connecting…'}
      {value.kind === 'lost' &&
        `not live: figures are ${age(nowMs.value - value.sinceMs)} old (${value.why})`}
    </span>
  );
}
