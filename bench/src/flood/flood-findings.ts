// Summarises the scenes of a flood, and says what it cost the good nodes.

import { less, type Measurement, type Table } from '../report.ts';
import { quantile, summarise } from '../statistics.ts';
import { missedTarget } from '../targets.ts';
import type { AttackCount, MembersCount } from './flood-messages.ts';

export const SCENES = ['idle', 'flood', 'flood, connections at any pace'] as const;
export type Scene = (typeof SCENES)[number];

/** What the controller as it is shipped is held to. */
const HELD: Scene = 'flood';
export const TARGETS = { answerMs: 250, denialMs: 1_000, perSecond: 3_000 } as const;

export interface SceneResult {
  readonly members: MembersCount;
  /** Good nodes that were not in at the end. */
  readonly out: readonly string[];
  /** One for each process that attacks; empty at idle. */
  readonly attacks: readonly AttackCount[];
  /** The share of one core that the controller used. */
  readonly controllerLoad: number;
}

export type Round = Readonly<Record<Scene, SceneResult>>;

export function floodFindings(
  rounds: readonly Round[],
  perSecond: number,
): { readonly tables: readonly Table[]; readonly missed: readonly string[] } {
  const column = (title: string, unit: string, value: (result: SceneResult) => number): Table => ({
    title,
    rows: SCENES.map((scene) =>
      less(
        scene,
        unit,
        rounds.map((round) => value(round[scene])),
      ),
    ),
  });
  const attacked = SCENES.filter((scene) => scene !== 'idle');
  return {
    tables: [
      column("a good node's answer, p50", 'ms', ({ members }) => quantile(members.answers, 0.5)),
      column("a good node's answer, p99", 'ms', ({ members }) => quantile(members.answers, 0.99)),
      column('a new connection of a good node, p99', 'ms', ({ members }) =>
        quantile(members.connections, 0.99),
      ),
      column('the slowest denial, at the last good node', 'ms', ({ members }) =>
        Math.max(0, ...members.denials),
      ),
      column('good nodes that are out at the end', 'nodes', ({ out }) => out.length),
      column("the controller's CPU", 'of one core', ({ controllerLoad }) => controllerLoad),
      {
        title: 'what the flood got done',
        rows: attacked.flatMap((scene) => attackRows(scene, rounds)),
      },
    ],
    missed: rounds.flatMap((round) => missedIn(round[HELD], perSecond)),
  };
}

const rateOf = (attacks: readonly AttackCount[], what: (count: AttackCount) => number): number =>
  attacks.reduce((sum, count) => sum + what(count) / count.seconds, 0);

function attackRows(scene: Scene, rounds: readonly Round[]): Measurement[] {
  const row = (name: string, what: (count: AttackCount) => number): Measurement => ({
    name: `${scene}: ${name}`,
    unit: '/s',
    better: 'neither',
    ...summarise(rounds.map((round) => rateOf(round[scene].attacks, what))),
  });
  return [
    row('requests sent', ({ sent }) => sent),
    row('handshakes', ({ handshakes }) => handshakes),
    row('answers', ({ answered }) => answered),
  ];
}

function missedIn({ members, out, attacks }: SceneResult, perSecond: number): string[] {
  const { answers, denials, failures } = members;
  const sent = rateOf(attacks, (count) => count.sent);
  return [
    ...missedTarget("a good node's p99", quantile(answers, 0.99), TARGETS.answerMs, 'ms'),
    ...missedTarget('the slowest denial', Math.max(0, ...denials), TARGETS.denialMs, 'ms'),
    ...(denials.length === 0 ? ['no denial was measured'] : []),
    ...out.map((nodeId) => `${nodeId} is out, and has done nothing wrong`),
    ...(failures.length === 0
      ? []
      : [`${failures.length} requests of good nodes failed, the first: ${failures[0]}`]),
    // A generator that is a little behind in its last tick is not slow.
    ...(sent >= 0.97 * perSecond
      ? []
      : [`only ${sent.toFixed(0)} requests a second were sent, and are to be ${perSecond}`]),
  ];
}
