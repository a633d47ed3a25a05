// What one kind of officers' request consists of on the wire: its parameters, and the sentence by which
// people know what they sign.

import type * as z from 'zod';

export interface RequestKind<Parameters extends z.ZodType = z.ZodType> {
  readonly parameters: Parameters;
  /** One sentence without a full stop about what happens when enough officers have signed. */
  readonly sentence: (parameters: z.output<Parameters>) => string;
}

/** Ties the sentence to the type of the parameters. */
export const requestKind = <Parameters extends z.ZodType>(
  kind: RequestKind<Parameters>,
): RequestKind<Parameters> => kind;
