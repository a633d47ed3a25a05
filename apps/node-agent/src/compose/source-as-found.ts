// Opens the source of measurements as the agent would, to see whether its settings and files can be used.

import { systemClock } from '@mesh/host';
import { chooseSource } from '../measure/choose-source.ts';
import type { MeasurementSource } from '../measure/result/measurement.ts';
import type { AgentSettings } from '../settings/agent-settings.ts';
import { buildPlatform } from './build-platform.ts';

/** Measures nothing and logs nothing. @throws AgentError `usage` */
export function openSourceAsFound(settings: AgentSettings): MeasurementSource | undefined {
  return chooseSource(settings.measure, buildPlatform({ ...settings, log_level: 'silent' }, systemClock));
}
