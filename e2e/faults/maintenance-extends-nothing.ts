// Planned work that is granted and logged, but lengthens no lease.

import { MaintenanceWatch as Watch } from '../../apps/controller/src/leases/maintenance-watch.ts';

export class MaintenanceWatch extends Watch {
  override extraMs(): number {
    return 0;
  }
}
