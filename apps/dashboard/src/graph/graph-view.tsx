// The graph on the screen: nodes around a circle, a line for each tunnel. The matrix comes first: it stays
// readable with a thousand nodes, and the graph does not.

import { useEffect, useRef, useState } from 'preact/hooks';
import { STANDING_WORDS, STANDINGS } from '../live/counts.ts';
import { model } from '../live/follow.ts';
import { Legend } from '../matrix/legend.tsx';
import { GROUNDS } from '../matrix/palette.ts';
import { nowMs } from '../page/now.ts';
import { nodeLink } from '../page/route.ts';
import { chooseNodes, type GraphFilter, MOST_NODES } from './choose-nodes.ts';
import { nearest } from './circle.ts';
import { drawGraph, RADIUS } from './draw-graph.ts';
import { GraphCard } from './graph-card.tsx';
import { graphPairs } from './graph-pairs.ts';

const HELP =
  'Arrow keys go around the circle, Enter opens the node, Escape lets it go. The button Table shows the same as a table.';
/** How near a press has to be, in the circle's radius. */
const REACH = 0.15;
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export function GraphView({ found }: { readonly found: string | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [filter, setFilter] = useState<GraphFilter>({ text: '', standing: 'all' });
  const [chosen, setChosen] = useState<string>();
  const [width, setWidth] = useState(0);
  useEffect(() => setChosen(found), [found]);
  useEffect(() => watchWidth(canvas.current, setWidth), []);
  // Once a second, whatever comes in between.
  const controllerNowMs = model.controllerNowMs(nowMs.value);
  const { nodes, fitting } = chooseNodes(model.nodes.values(), filter);
  const pairs = graphPairs(model, nodes, controllerNowMs);
  const at = nodes.findIndex(({ id }) => id === chosen);
  const selected = at < 0 ? undefined : at;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || !context || width === 0) return;
    canvas.current.width = canvas.current.height = Math.round(width * devicePixelRatio);
    const isDark = matchMedia('(prefers-color-scheme: dark)').matches;
    drawGraph(context, { nodes, pairs, selected }, GROUNDS[isDark ? 'dark' : 'light'], devicePixelRatio);
  });
  const press = (event: MouseEvent & { readonly currentTarget: HTMLCanvasElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const along = (from: number, size: number, value: number) => (((value - from) / size) * 2 - 1) / RADIUS;
    const point = {
      x: along(box.left, box.width, event.clientX),
      y: along(box.top, box.height, event.clientY),
    };
    const hit = nearest(point, nodes.length, REACH);
    setChosen(hit === undefined ? undefined : nodes[hit]?.id);
  };
  const key = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (step !== undefined && nodes.length > 0)
      setChosen(nodes[((selected ?? (step > 0 ? -1 : 0)) + step + nodes.length) % nodes.length]?.id);
    else if (event.key === 'Escape') setChosen(undefined);
    else if (event.key === 'Enter' && chosen !== undefined && selected !== undefined)
      location.hash = nodeLink(chosen);
    else return;
    event.preventDefault();
  };
  return (
    <div class="graph">
      <div class="bar">
        <label>
          Show nodes with{' '}
          <input
            type="search"
            placeholder="name or class"
            autocomplete="off"
            value={filter.text}
            onInput={({ currentTarget: { value } }) => setFilter({ ...filter, text: value })}
          />
        </label>
        <label>
          that are{' '}
          <select
            value={filter.standing}
            onChange={({ currentTarget: { value } }) =>
              setFilter({ ...filter, standing: value as GraphFilter['standing'] })
            }
          >
            <option value="all">in any standing</option>
            {STANDINGS.map((standing) => (
              <option key={standing} value={standing}>
                {STANDING_WORDS[standing]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <p class="quiet" role="status">
        {saysWhatIsShown(nodes.length, fitting, model.nodes.size)}
      </p>
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys of its own */}
      <canvas
        ref={canvas}
        role="application"
        aria-roledescription="graph of nodes"
        aria-label={`graph of ${nodes.length} nodes`}
        aria-describedby="graph-help"
        tabIndex={0}
        onClick={press}
        onKeyDown={key}
      />
      <p id="graph-help" class="hidden">
        {HELP}
      </p>
      <Legend />
      <GraphCard nodes={nodes} pairs={pairs} selected={selected} />
    </div>
  );
}

function saysWhatIsShown(shown: number, fitting: number, all: number): string {
  if (all === 0) return 'There are no nodes yet.';
  if (fitting === 0) return `None of the ${all} nodes fits.`;
  if (shown < fitting)
    return `${shown} of ${fitting} nodes are shown, those that stand worst first: a graph of more than ${MOST_NODES} cannot be read. Filter, or use the matrix.`;
  return fitting < all ? `${fitting} of ${all} nodes fit.` : `All ${all} nodes are shown.`;
}

function watchWidth(element: HTMLElement | null, changed: (width: number) => void): () => void {
  if (element === null) return () => undefined;
  const observer = new ResizeObserver(() => changed(element.clientWidth));
  observer.observe(element);
  return () => observer.disconnect();
}
