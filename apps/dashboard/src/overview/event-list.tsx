import type { LogEntryView } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { model, revision } from '../live/follow.ts';
import { nodeLink } from '../page/route.ts';
import { clockTime } from '../page/words.ts';

const SHOWN = 60;

/** What happens: entries of the log as they come, the newest first. */
export function EventList() {
  void revision.value;
  const [text, setText] = useState('');
  const wanted = text.toLowerCase();
  const entries = model.log.filter(
    (entry) => wanted === '' || JSON.stringify(entry).toLowerCase().includes(wanted),
  );
  return (
    <section class="events" aria-labelledby="events">
      <div class="bar">
        <h2 id="events">Events</h2>
        <label class="hidden" for="filter">
          Filter events
        </label>
        <input
          id="filter"
          type="search"
          placeholder="filter"
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <ol reversed tabIndex={0} aria-label="Events, the newest first">
        {entries
          .slice(-SHOWN)
          .reverse()
          .map((entry) => (
            <EventLine key={entry.index} {...entry} />
          ))}
      </ol>
    </section>
  );
}

function EventLine({ index, entry }: LogEntryView) {
  const { at, type, node_id: nodeId, epoch_id: epochId } = entry;
  return (
    <li value={index}>
      <time dateTime={String(at)}>{clockTime(String(at))}</time> {String(type).replaceAll('_', ' ')}
      {typeof nodeId === 'string' && (
        <>
          {' '}
          <a href={nodeLink(nodeId)}>{nodeId}</a>
        </>
      )}
      {typeof epochId === 'number' && ` (epoch ${epochId})`}
    </li>
  );
}
