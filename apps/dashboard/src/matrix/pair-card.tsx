import { revision } from '../live/follow.ts';
import type { MeshModel } from '../live/mesh-model.ts';
import { nowMs } from '../page/now.ts';
import { nodeLink } from '../page/route.ts';
import { describePair } from './describe-pair.ts';
import type { Cell } from './matrix-view.tsx';

/** The chosen pair, as both of its ends report it. Read out when it changes. */
export function PairCard({ model, cell }: { readonly model: MeshModel; readonly cell: Cell | undefined }) {
  void revision.value;
  const from = cell === undefined ? undefined : model.nodeAt(cell.row);
  const to = cell === undefined ? undefined : model.nodeAt(cell.column);
  if (from === undefined || to === undefined)
    return (
      <p class="quiet" aria-live="polite">
        Choose a pair.
      </p>
    );
  if (from === to)
    return (
      <p aria-live="polite">
        <a href={nodeLink(from.id)}>{from.id}</a>: {from.reason}
      </p>
    );
  const { ends, limit } = describePair(model, from, to, model.controllerNowMs(nowMs.value));
  return (
    <table class="pair" aria-live="polite">
      <caption>
        {from.id} – {to.id}: {limit}
      </caption>
      <thead>
        <tr>
          <th scope="col">end</th>
          <th scope="col">tunnel</th>
          <th scope="col">last known handshake</th>
          <th scope="col">round trip, loss</th>
          <th scope="col">epoch</th>
          <th scope="col">endpoint</th>
          <th scope="col">reported</th>
        </tr>
      </thead>
      <tbody>
        {ends.map(({ node, state, handshake, path, epoch, endpoint, reported }) => (
          <tr key={node.n}>
            <th scope="row">
              <a href={nodeLink(node.id)}>{node.id}</a>
            </th>
            <td>{state}</td>
            <td>{handshake}</td>
            <td>{path}</td>
            <td>{epoch}</td>
            <td>{endpoint}</td>
            <td>{reported}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
