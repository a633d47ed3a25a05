// The time, once a second, for what counts down or grows old.

import { signal } from '@preact/signals';

export const nowMs = signal(Date.now());
setInterval(() => {
  nowMs.value = Date.now();
}, 1_000);
