// A pair in words, as both of its ends report it.

import type { LiveNode } from '@mesh/protocol';
import { type MeshModel, pathIn, type TunnelEnd, tunnelIn } from '../live/mesh-model.ts';
import { age, bitRate } from '../page/words.ts';
import { PAIR_WORDS, pairState } from './pair-state.ts';

export interface PairEnd {
  readonly node: LiveNode;
  readonly state: string;
  readonly handshake: string;
  /** Round trip and loss by its probes. */
  readonly path: string;
  readonly epoch: string;
  readonly endpoint: string;
  readonly reported: string;
}

export interface DescribedPair {
  readonly ends: readonly [PairEnd, PairEnd];
  readonly limit: string;
}

export function describePair(
  model: MeshModel,
  from: LiveNode,
  to: LiveNode,
  controllerNowMs: number,
): DescribedPair {
  const limits = [from, to].flatMap((node) => node.limit_bits_per_second ?? []);
  return {
    ends: [endOf(model, from, to, controllerNowMs), endOf(model, to, from, controllerNowMs)],
    limit: limits.length === 0 ? 'no limit' : bitRate(Math.min(...limits)),
  };
}

function endOf(model: MeshModel, node: LiveNode, other: LiveNode, nowMs: number): PairEnd {
  const report = model.reports.get(node.n);
  const tunnel = report === undefined ? undefined : tunnelIn(report, other.n, nowMs);
  return {
    node,
    state: PAIR_WORDS[pairState(model, node.n, other.n, nowMs)],
    handshake: handshakeOf(tunnel),
    path: tunnel === undefined ? '–' : pathOf(model, node, other, nowMs),
    epoch: tunnel === undefined ? '–' : tunnel.epoch === null ? 'not said' : String(tunnel.epoch),
    endpoint: node.endpoint ?? 'not known',
    reported: report === undefined ? 'no report' : `${age(nowMs - report.atMs)} ago`,
  };
}

function handshakeOf(tunnel: TunnelEnd | undefined): string {
  if (tunnel === undefined) return '–';
  return tunnel.handshakeAgeMs === undefined ? 'none yet' : `${age(tunnel.handshakeAgeMs)} ago`;
}

/** What was measured before says nothing of a pair that is cut. */
function pathOf(model: MeshModel, node: LiveNode, other: LiveNode, nowMs: number): string {
  const report = model.reports.get(node.n);
  if (report === undefined || [node, other].some(({ membership }) => membership !== 'ALLOWED')) return '–';
  const path = pathIn(report, other.n, nowMs);
  if (path.kind === 'measured') return `${path.rttMs.toFixed(1)} ms, ${Math.round(path.loss * 100)} % lost`;
  return path.kind === 'no_answer' ? 'no answer to probes' : 'not measured';
}
