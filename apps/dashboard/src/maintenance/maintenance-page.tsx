// Planned work, the safety brake, and who is told of alerts.

import { AlertReceivers } from './alert-receivers.tsx';
import { Brake } from './brake.tsx';
import { PlannedWork } from './planned-work.tsx';

export function MaintenancePage() {
  return (
    <>
      <Brake />
      <PlannedWork />
      <AlertReceivers />
    </>
  );
}
