// Does the source of measurements have what it needs?

import type { MeasurementSource } from '../measure/result/measurement.ts';
import type { MEASURE_SOURCES } from '../settings/measure-settings.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

export interface MeasuringInput {
  readonly kind: (typeof MEASURE_SOURCES)[number];
  /** Opens the source as the agent does. @throws AgentError `usage` for a missing setting or file */
  readonly open: () => MeasurementSource | undefined;
  /** Whether `setpriv` and `prlimit` were found. */
  readonly canConfine: boolean;
}

/** @throws AgentError `usage` */
export function checkMeasuring({ kind, open, canConfine }: MeasuringInput): Finding {
  open();
  if (kind === 'none')
    return warning(
      'nothing is measured, so this node never gets in: set measure.source, or give a source to mesh-agent up',
    );
  if (kind !== 'file' && kind !== 'attestation' && !canConfine)
    return failed(`setpriv or prlimit is missing, so ${kind} cannot measure: install util-linux`);
  return ok(`${kind} has its settings and files`);
}
