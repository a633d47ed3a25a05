// A controller to which every sequence is a new one.

import type { findSequenceObjection as real } from '../../packages/membership/src/commands/find-sequence-objection.ts';

export const findSequenceObjection: typeof real = () => undefined;
