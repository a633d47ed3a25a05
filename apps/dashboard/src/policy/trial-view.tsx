// What a policy would change, tried on the present evidence: its settings, what becomes weaker, and whom it
// would cut or admit.

import type { PolicyTrial } from '@mesh/protocol';
import { nodeLink } from '../page/route.ts';
import { many } from '../page/words.ts';
import { affectedNodes, effectsInWords } from './effects.ts';

const SHOWN = 200;

export function TrialView({ trial }: { readonly trial: PolicyTrial }) {
  return (
    <>
      <Differences differences={trial.differences} />
      <Sentences title="Weaker than the policy in force" sentences={trial.weaker} />
      <Sentences title="Warnings" sentences={trial.warnings} />
      <DryRun nodes={trial.nodes} />
    </>
  );
}

function Differences({ differences }: Pick<PolicyTrial, 'differences'>) {
  if (differences.length === 0) return <p>It asks for what the policy in force asks for.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label="Differences">
      <table>
        <caption>What it changes</caption>
        <thead>
          <tr>
            <th scope="col">setting</th>
            <th scope="col">in force</th>
            <th scope="col">new</th>
          </tr>
        </thead>
        <tbody>
          {differences.map(({ path, before, after }) => (
            <tr key={path}>
              <th scope="row">{path}</th>
              <td>
                {before === undefined ? <span class="quiet">not there</span> : <del>{shown(before)}</del>}
              </td>
              <td>
                {after === undefined ? <span class="quiet">not there</span> : <ins>{shown(after)}</ins>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const shown = (value: unknown): string => JSON.stringify(value, null, 1);

function Sentences({ title, sentences }: { readonly title: string; readonly sentences: readonly string[] }) {
  if (sentences.length === 0) return null;
  return (
    <>
      <h3 class="fault">{title}</h3>
      <ul>
        {sentences.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  );
}

function DryRun({ nodes }: Pick<PolicyTrial, 'nodes'>) {
  const affected = affectedNodes(nodes);
  const rest = nodes.length - affected.length;
  return (
    <>
      <p class="verdict">
        On the present evidence it <strong>{effectsInWords(nodes)}</strong>.
        {affected.length > 0 && ` ${many(rest, 'node stands', 'nodes stand')} as before.`}
      </p>
      {affected.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard
        <section class="scroll" tabIndex={0} aria-label="Dry run">
          <table>
            <caption>Whom it changes</caption>
            <thead>
              <tr>
                <th scope="col">node</th>
                <th scope="col">now</th>
                <th scope="col">would be</th>
                <th scope="col">effect</th>
                <th scope="col">why</th>
              </tr>
            </thead>
            <tbody>
              {affected.slice(0, SHOWN).map((node) => (
                <tr key={node.node_id}>
                  <th scope="row">
                    <a href={nodeLink(node.node_id)}>{node.node_id}</a>
                  </th>
                  <td>{node.now}</td>
                  <td>{node.would_be}</td>
                  <td>{node.effect}</td>
                  <td>{node.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {affected.length > SHOWN && <p>{many(affected.length - SHOWN, 'more node')} not shown.</p>}
        </section>
      )}
    </>
  );
}
