// What status.sealed says of a node, beyond status.json: its scores one by one, and where it is.

import type { NodeRecord } from '@mesh/membership';
import { formatRfc3339 } from '@mesh/primitives';

const rfc3339 = (ms: number | undefined) => (ms === undefined ? null : formatRfc3339(ms));

export function detailsOf({ latest, certificate, ...node }: NodeRecord) {
  return {
    status: node.status,
    class: node.class,
    token_id: node.tokenId,
    enrolled_utc: formatRfc3339(node.enrolledAtMs),
    identity_key: node.identityKey,
    wg_public_keys: node.wgPublicKeys,
    addresses: node.addresses,
    endpoint: node.endpoint,
    observed_address: node.observedAddress ?? null,
    unreachable_since_utc: rfc3339(node.unreachableSinceMs),
    certificate:
      certificate === undefined
        ? null
        : { serial: certificate.serial, not_after_utc: formatRfc3339(certificate.notAfterMs) },
    sequences: node.sequences,
    benchmark:
      latest === undefined
        ? null
        : {
            scores: latest.scores,
            samples: latest.samples ?? null,
            measured_by: latest.measuredBy ?? null,
            measured_utc: formatRfc3339(latest.measuredAtMs),
            arrived_utc: formatRfc3339(latest.arrivedAtMs),
            suite_version: latest.suiteVersion,
            instance_id: latest.instanceId,
            alarm: latest.watch?.metrics ?? null,
            signals: latest.signals ?? null,
            drift: latest.drift ?? null,
          },
  };
}
