// Is this machine's clock right? The agent uses the controller's time once it has heard from it. But before
// that, and for certificates, the clock must be right to within minutes.

import type { Contact } from './contact-controller.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';

/** `Date` counts in whole seconds. */
const UNNOTICED_MS = 2_000;
/** Certificates are backdated by this much. */
const BACKDATED_MS = 300_000;

const REMEDY = 'set it, and let it be kept right (timedatectl set-ntp true, or chrony)';

export function checkClock(contact: Contact): Finding {
  if (contact.kind === 'failed' && contact.cause === 'clock')
    return failed(`a certificate is not valid at this machine's time: if its clock is wrong, ${REMEDY}`);
  if (contact.kind !== 'answered' || contact.serverDateMs === undefined)
    return skipped('there was no answer of the controller to compare with');
  // A header says when its second began.
  const aheadMs = contact.askedAtMs - (contact.serverDateMs + 500);
  const apart = `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the controller's clock`;
  if (Math.abs(aheadMs) <= UNNOTICED_MS) return ok('this machine and the controller agree to within 2 s');
  if (Math.abs(aheadMs) < BACKDATED_MS)
    return warning(
      `this machine's clock is ${apart}; the agent corrects that, but certificates do not: ${REMEDY}`,
    );
  return failed(`this machine's clock is ${apart}, and new certificates will not be valid here: ${REMEDY}`);
}
