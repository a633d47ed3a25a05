import { PAIR_STATES, PAIR_WORDS } from './pair-state.ts';

/** What the colours of the matrix mean. */
export function Legend() {
  return (
    <ul class="legend" aria-label="Colours">
      {PAIR_STATES.filter((state) => state !== 'none').map((state) => (
        <li key={state}>
          <span class={`dot pair-${state}`} aria-hidden="true" /> {PAIR_WORDS[state]}
        </li>
      ))}
    </ul>
  );
}
