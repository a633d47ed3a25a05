// How the standing of an admitted node changes with what is decided on it.

import { NO_STREAK } from '@mesh/scoring';
import type { MeshEvent } from '../events/mesh-event.ts';
import type { NodeRecord } from './records.ts';

type StandingEvent = Extract<MeshEvent, { type: 'node_declining' | 'node_recovered' | 'probation_began' }>;

export function standingAfter(event: StandingEvent): Partial<NodeRecord> {
  switch (event.type) {
    case 'node_declining':
      // If the policy was changed, earlier results may have been counted as clear.
      return { declining: true, clearStreak: NO_STREAK };
    case 'node_recovered':
      return { declining: false };
    case 'probation_began':
      return { probationSince: event.epochId };
  }
}
