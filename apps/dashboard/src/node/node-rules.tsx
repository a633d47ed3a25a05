import type { NodeDetail, NodeExplanation } from '@mesh/protocol';

type Drift = NonNullable<NodeDetail['drift']>;

/** The evidence: every rule of the policy with the node's own numbers, and what its drift signals say. */
export function NodeRules({ why, drift }: { readonly why: NodeExplanation; readonly drift: Drift }) {
  return (
    <section aria-labelledby="rules">
      <h2 id="rules">Why it stands there</h2>
      <ul class="rules">
        {why.rules.map(({ rule, met, decides, sentence }) => (
          <li key={rule} class={met ? 'met' : 'unmet'}>
            <strong>{met ? 'met' : `not met: ${decides}`}</strong> {sentence}{' '}
            <span class="quiet">({rule})</span>
          </li>
        ))}
        {drift.map(({ signal, speaks, action, sentence }) => (
          <li key={signal} class={speaks ? 'unmet' : 'met'}>
            <strong>{speaks ? `drift: ${action}` : 'no drift'}</strong> {sentence}
          </li>
        ))}
      </ul>
      <p class="quiet">
        Policy {why.policy_version === 0 ? 'of the configuration' : `version ${why.policy_version}`}.
      </p>
    </section>
  );
}
