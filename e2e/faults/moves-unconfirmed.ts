// Moves between slots whose end nobody waits for: slot a counts as free as soon as a node asks for it.

import type { InterfaceSlot } from '@mesh/wg';
import { SlotMoves as Confirmed, type MoveAnswer } from '../../apps/controller/src/publish/slot-moves.ts';

export * from '../../apps/controller/src/publish/slot-moves.ts';

export class SlotMoves extends Confirmed {
  override ask(node: Parameters<Confirmed['ask']>[0]): MoveAnswer {
    super.ask(node);
    return { kind: 'moved' };
  }

  override carrying(): ReadonlySet<InterfaceSlot> {
    return new Set();
  }
}
