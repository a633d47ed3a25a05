import { countStandings, STANDING_WORDS, STANDINGS } from '../live/counts.ts';
import { model, revision } from '../live/follow.ts';

/** How many nodes stand where. */
export function Counts() {
  void revision.value;
  const counts = countStandings(model.nodes.values());
  return (
    <ul class="counts">
      {STANDINGS.map((standing) => (
        <li key={standing} class={`count ${standing}`}>
          <strong>{counts[standing]}</strong> {STANDING_WORDS[standing]}
        </li>
      ))}
    </ul>
  );
}
