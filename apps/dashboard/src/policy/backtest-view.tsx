// What a policy would have decided on the evidence of the log.

import type { PolicyBacktest } from '@mesh/protocol';
import { useState } from 'preact/hooks';
import { nodeLink } from '../page/route.ts';
import { dateTime, lasting, many } from '../page/words.ts';
import { askJson, messageOf } from '../session/ask.ts';

const DAY_S = 86_400;
const PERIODS = [
  ['hour', 3_600],
  ['day', DAY_S],
  ['7 days', 7 * DAY_S],
  ['31 days', 31 * DAY_S],
] as const;
const SHOWN = 200;

export function BacktestView({ text }: { readonly text: string }) {
  const [seconds, setSeconds] = useState<number>(DAY_S);
  const [isBusy, setBusy] = useState(false);
  const [fault, setFault] = useState('');
  const [found, setFound] = useState<PolicyBacktest>();
  const replay = async () => {
    setBusy(true);
    setFault('');
    try {
      const body = { text, since_seconds: seconds };
      setFound(await askJson<PolicyBacktest>('/v1/admin/policy/backtest', { method: 'POST', body }));
    } catch (error) {
      setFound(undefined);
      setFault(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-labelledby="backtest">
      <h3 id="backtest">On the evidence of the log</h3>
      <div class="bar">
        <label>
          The last{' '}
          <select value={seconds} onChange={({ currentTarget }) => setSeconds(Number(currentTarget.value))}>
            {PERIODS.map(([words, length]) => (
              <option key={length} value={length}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <button type="button" disabled={isBusy} onClick={() => void replay()}>
          Replay
        </button>
      </div>
      <p role="alert" class="fault">
        {fault}
      </p>
      <div role="status">
        {isBusy && 'The controller replays the log…'}
        {!isBusy && found !== undefined && <Period found={found} />}
      </div>
      {!isBusy && found !== undefined && <Changed found={found} />}
    </section>
  );
}

function Period({
  found: { from, to, results, erased_results: erased, nodes },
}: {
  readonly found: PolicyBacktest;
}) {
  if (from === null || to === null) return <p>The log has nothing from that time.</p>;
  const other = nodes.filter(({ effect }) => effect !== 'none').length;
  return (
    <p>
      {many(results, 'result')} of {many(nodes.length, 'node')}, from {dateTime(from)} to {dateTime(to)}
      {erased > 0 && ` (${erased} more were erased)`}:{' '}
      <strong>
        {other === 0
          ? 'all would have stood as under the policy in force'
          : `${many(other, 'node')} would have stood otherwise`}
      </strong>
      .
    </p>
  );
}

function Changed({ found: { nodes } }: { readonly found: PolicyBacktest }) {
  const other = nodes.filter(({ effect }) => effect !== 'none');
  if (other.length === 0) return null;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Replay">
      <table>
        <caption>Who would have stood otherwise</caption>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col">effect</th>
            <th scope="col">cuts</th>
            <th scope="col">in</th>
            <th scope="col">declining</th>
            <th scope="col">recorded cuts</th>
            <th scope="col">first</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          {other.slice(0, SHOWN).map(({ node_id: id, effect, now, would_be: then, recorded_cuts, first }) => (
            <tr key={id}>
              <th scope="row">
                <a href={nodeLink(id)}>{id}</a>
              </th>
              <td>{effect}</td>
              <td>{change(String(now.cuts), String(then.cuts))}</td>
              <td>{change(lasting(now.in_seconds), lasting(then.in_seconds))}</td>
              <td>{change(lasting(now.declining_seconds), lasting(then.declining_seconds))}</td>
              <td>{recorded_cuts}</td>
              <td>{first === null ? '–' : dateTime(first.at)}</td>
              <td>{first?.reason ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {other.length > SHOWN && <p>{many(other.length - SHOWN, 'more node')} not shown.</p>}
    </section>
  );
}

const change = (now: string, then: string): string => (now === then ? now : `${now} → ${then}`);
