// The safety brake: its rule, whom it holds in although the policy denies them, and what may be decided.

import type { BrakeStatus, OfficerList, RequestStatus } from '@mesh/protocol';
import { nodeLink } from '../page/route.ts';
import { newEntries, useAnswer } from '../page/use-answer.ts';
import { dateTime, many } from '../page/words.ts';
import { askJson } from '../session/ask.ts';
import { EndBrake } from './end-brake.tsx';

const NEWS = newEntries(/^(?:brake_|hold_|node_held|node_denied|request_|officers_set|node_recovered)/);

interface Loaded {
  readonly brake: BrakeStatus;
  readonly officers: OfficerList;
  readonly requests: readonly RequestStatus[];
}

async function load(signal: AbortSignal): Promise<Loaded> {
  const [brake, officers, { requests }] = await Promise.all([
    askJson<BrakeStatus>('/v1/admin/brake', { signal }),
    askJson<OfficerList>('/v1/admin/officers', { signal }),
    askJson<{ requests: RequestStatus[] }>('/v1/admin/requests', { signal }),
  ]);
  return { brake, officers, requests };
}

export function Brake() {
  const { answer, fault, reload } = useAnswer(load, NEWS);
  return (
    <section aria-labelledby="brake">
      <h2 id="brake">Safety brake</h2>
      <p role="alert" class="fault">
        {fault}
      </p>
      {answer !== undefined && (
        <>
          <Rule {...answer.brake} />
          <Held held={answer.brake.held} />
          {answer.brake.held.length > 0 && (
            <EndBrake
              held={answer.brake.held.length}
              officers={answer.officers}
              requests={answer.requests}
              onDone={reload}
            />
          )}
        </>
      )}
    </section>
  );
}

function Rule({ settings }: Pick<BrakeStatus, 'settings'>) {
  const { share, at_least: atLeast, window_seconds: window, hold_seconds: hold } = settings;
  return (
    <p class="quiet">
      It holds nodes in for {hold} s once one cause denies at least {many(atLeast, 'node')} and more than{' '}
      {Math.round(share * 100)} % of the mesh within {window} s.
    </p>
  );
}

function Held({ held }: Pick<BrakeStatus, 'held'>) {
  if (held.length === 0) return <p>It holds nobody.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Nodes that the brake holds">
      <table>
        <caption>
          <strong>It holds {many(held.length, 'node')}</strong> in that the policy denies
        </caption>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col">cause</th>
            <th scope="col">since</th>
            <th scope="col">until</th>
            <th scope="col">limited</th>
            <th scope="col">why it would be cut</th>
          </tr>
        </thead>
        <tbody>
          {held.map((node) => (
            <tr key={node.node_id}>
              <th scope="row">
                <a href={nodeLink(node.node_id)}>{node.node_id}</a>
              </th>
              <td>{node.cause}</td>
              <td>{dateTime(node.held_since)}</td>
              <td>{dateTime(node.until)}</td>
              <td>{node.limited ? 'yes' : 'no'}</td>
              <td>{node.reason}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
