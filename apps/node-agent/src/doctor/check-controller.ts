// Was the controller reached, and is it the right one?

import type { Contact } from './contact-controller.ts';
import { type Finding, failed, ok, skipped } from './finding.ts';

export function checkController(contact: Contact): Finding {
  switch (contact.kind) {
    case 'none':
      return skipped(contact.message);
    case 'answered':
      return ok(contact.message);
    case 'failed':
      return failed(contact.message);
  }
}
