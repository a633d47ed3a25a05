// Lone surrogates: half of a UTF-16 pair, which no UTF-8 can carry. Two parsers that each repair them in their own
// way would read one signed body as two different ones, so they are refused wherever text becomes bytes.

import { PrimitivesError } from './primitives-error.ts';

// With the `u` flag a well-formed pair is one code point, which is no surrogate: only lone halves match.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws PrimitivesError `lone_surrogate` */
export function refuseLoneSurrogates(text: string): void {
  if (LONE_SURROGATE.test(text)) {
    throw new PrimitivesError('lone_surrogate', 'text holds half a surrogate pair; send well-formed Unicode');
  }
}
