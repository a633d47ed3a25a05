// A controller that takes every signature for a good one.

import { SignatureVerifier as Real } from '../../apps/controller/src/trust/verify-signature.ts';

export class SignatureVerifier extends Real {
  override verify(): Promise<boolean> {
    return Promise.resolve(true);
  }
}
