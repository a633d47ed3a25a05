import { useState } from 'preact/hooks';
import { model } from '../live/follow.ts';
import { nodeLink } from '../page/route.ts';

/** Finds a node by a part of its name or class. Enter opens it if there is one. */
export function NodeSearch({ onFound }: { readonly onFound: (id: string | undefined) => void }) {
  const [text, setText] = useState('');
  const hits = text === '' ? [] : search(text);
  return (
    <search>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (hits[0] !== undefined) location.hash = nodeLink(hits[0]);
        }}
      >
        <label class="hidden" for="search">
          Find a node
        </label>
        <input
          id="search"
          type="search"
          placeholder="find a node"
          autocomplete="off"
          value={text}
          list="found"
          onInput={({ currentTarget: { value } }) => {
            setText(value);
            onFound(value === '' ? undefined : search(value)[0]);
          }}
        />
        <datalist id="found">
          {hits.map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
      </form>
    </search>
  );
}

/** At most ten, names that begin with the text first. */
function search(text: string): string[] {
  const wanted = text.toLowerCase();
  const begins: string[] = [];
  const holds: string[] = [];
  for (const n of model.order) {
    const node = model.nodes.get(n);
    if (node === undefined) continue;
    if (node.id.toLowerCase().startsWith(wanted)) begins.push(node.id);
    else if (`${node.id} ${node.class}`.toLowerCase().includes(wanted)) holds.push(node.id);
  }
  return [...begins, ...holds].slice(0, 10);
}
