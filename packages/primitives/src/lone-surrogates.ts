// A lone surrogate is half of a UTF-16 pair, which UTF-8 cannot carry. Two parsers that repair it in
// different ways would read one signed body as two different ones, so it is refused wherever text becomes
// bytes.

import { PrimitivesError } from './primitives-error.ts';

/** @throws PrimitivesError `lone_surrogate` */
export function refuseLoneSurrogates(text: string): void {
  // A text that the engine holds as Latin-1, as nearly every long one is, has no surrogates: this does not
  // read it.
  if (!text.isWellFormed()) {
    throw new PrimitivesError('lone_surrogate', 'text holds half a surrogate pair; send well-formed Unicode');
  }
}
