// The matrix on the screen: a canvas to look at, to move over, and to go through with the keyboard.

import { useEffect, useRef, useState } from 'preact/hooks';
import { revision } from '../live/follow.ts';
import type { MeshModel } from '../live/mesh-model.ts';
import { nodeLink } from '../page/route.ts';
import { Legend } from './legend.tsx';
import { MatrixCanvas } from './matrix-canvas.ts';
import { PairCard } from './pair-card.tsx';

export interface Cell {
  readonly row: number;
  readonly column: number;
}

const HELP =
  'Arrow keys move between pairs, plus and minus zoom, 0 shows all, Enter opens the node of the row. The button Table shows the same as a table.';

export function MatrixView({
  model,
  found,
}: {
  readonly model: MeshModel;
  readonly found: string | undefined;
}) {
  // The label says how many nodes there are.
  void revision.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<MatrixCanvas>(null);
  const [cell, setCell] = useState<Cell>();
  useEffect(() => {
    if (canvas.current === null) return;
    const matrix = new MatrixCanvas(canvas.current, model, setCell);
    drawn.current = matrix;
    return () => {
      drawn.current = null;
      matrix.close();
    };
  }, [model]);
  useEffect(() => {
    const node = found === undefined ? undefined : model.byId(found);
    const at = node === undefined ? undefined : model.positionOf(node.n);
    if (at !== undefined) drawn.current?.select({ row: at, column: cell?.column ?? at });
  }, [found]);
  const open = (event: KeyboardEvent) => {
    const node = cell === undefined ? undefined : model.nodeAt(cell.row);
    if (event.key === 'Enter' && node !== undefined) location.hash = nodeLink(node.id);
  };
  return (
    <div class="matrix-body">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys of its own */}
      <canvas
        ref={canvas}
        role="application"
        aria-roledescription="matrix of pairs"
        aria-label={`${model.order.length} by ${model.order.length} nodes`}
        aria-describedby="matrix-help"
        tabIndex={0}
        onKeyDown={open}
      />
      <p id="matrix-help" class="hidden">
        {HELP}
      </p>
      <Legend />
      <PairCard model={model} cell={cell} />
    </div>
  );
}
