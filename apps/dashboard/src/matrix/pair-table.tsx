// The matrix as a table, for people who do not see the picture: the nodes, and the pairs of the chosen one.

import { useState } from 'preact/hooks';
import { STANDING_WORDS, standingOf } from '../live/counts.ts';
import { model, revision } from '../live/follow.ts';
import { nowMs } from '../page/now.ts';
import { nodeLink } from '../page/route.ts';
import { describePair } from './describe-pair.ts';

const FIRST = 100;

export function PairTable({ found }: { readonly found: string | undefined }) {
  void revision.value;
  const [chosen, setChosen] = useState<string>();
  const [shown, setShown] = useState(FIRST);
  const nodes = model.order.flatMap((n) => model.nodes.get(n) ?? []);
  const node = model.byId(chosen ?? found ?? '') ?? nodes[0];
  if (node === undefined) return <p class="quiet">There are no nodes yet.</p>;
  const others = nodes.filter((other) => other !== node);
  const controllerNowMs = model.controllerNowMs(nowMs.value);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Pairs as a table">
      <label>
        Node{' '}
        <select value={node.id} onChange={({ currentTarget }) => setChosen(currentTarget.value)}>
          {nodes.map(({ id }) => (
            <option key={id} value={id}>
              {id}
            </option>
          ))}
        </select>
      </label>
      <table>
        <caption>
          Pairs of <a href={nodeLink(node.id)}>{node.id}</a>, which is {STANDING_WORDS[standingOf(node)]}
        </caption>
        <thead>
          <tr>
            <th scope="col">other end</th>
            <th scope="col">stands</th>
            <th scope="col">{node.id} says</th>
            <th scope="col">last known handshake</th>
            <th scope="col">round trip, loss</th>
            <th scope="col">epoch</th>
            <th scope="col">the other says</th>
            <th scope="col">limit</th>
          </tr>
        </thead>
        <tbody>
          {others.slice(0, shown).map((other) => {
            const { ends, limit } = describePair(model, node, other, controllerNowMs);
            return (
              <tr key={other.n}>
                <th scope="row">
                  <a href={nodeLink(other.id)}>{other.id}</a>
                </th>
                <td>{STANDING_WORDS[standingOf(other)]}</td>
                <td>{ends[0].state}</td>
                <td>{ends[0].handshake}</td>
                <td>{ends[0].path}</td>
                <td>{ends[0].epoch}</td>
                <td>{ends[1].state}</td>
                <td>{limit}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {others.length > shown && (
        <button type="button" onClick={() => setShown(shown + FIRST)}>
          Show more ({others.length - shown} left)
        </button>
      )}
    </section>
  );
}
