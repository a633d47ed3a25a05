// What follows from a request that was let in, for everything that authenticates nodes.

import type { ControllerKeys } from '../../trust/controller-keys.ts';
import type { AuthenticatorPorts } from '../gate/authenticate.ts';
import { type AnnouncedKeyPorts, usingAnnouncedKey } from './announced-key.ts';
import { type CaTrustPorts, notingCaTrust } from './noted-ca-trust.ts';

export type AdmittedPorts = AnnouncedKeyPorts & CaTrustPorts & { readonly keys: ControllerKeys };

export function authenticatorPorts(ports: AdmittedPorts): AuthenticatorPorts {
  return {
    onAnnouncedKey: usingAnnouncedKey(ports),
    onCa: notingCaTrust(ports),
    isTrustedCa: (caPin) => ports.keys.authority.isTrusted(caPin),
  };
}
