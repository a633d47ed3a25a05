// GET /v1/ca, on the public listener: the certificates of the mesh's CAs: two while the CA is being replaced.
// Join tokens pin them.

import type { HttpBindings } from '@hono/node-server';
import type { Handler } from 'hono';
import type { ControllerKeys } from '../../trust/controller-keys.ts';

export interface CaPorts {
  readonly keys: ControllerKeys;
}

export function caRoute({ keys }: CaPorts): Handler<{ Bindings: HttpBindings }> {
  return (context) =>
    context.body(keys.authority.trustedPem, 200, {
      'content-type': 'application/pem-certificate-chain',
    });
}
