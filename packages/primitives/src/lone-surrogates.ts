// A lone surrogate is half of a UTF-16 pair, which UTF-8 cannot carry. Two parsers that repair it in
// different ways would read one signed body as two different ones, so it is refused wherever text becomes
// bytes.

import { PrimitivesError } from './primitives-error.ts';

// With the `u` flag a well-formed pair is one code point, which is not a surrogate, so only lone halves
// match.
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws PrimitivesError `lone_surrogate` */
export function refuseLoneSurrogates(text: string): void {
  if (LONE_SURROGATE.test(text)) {
    throw new PrimitivesError('lone_surrogate', 'text holds half a surrogate pair; send well-formed Unicode');
  }
}
