// Puts another key in the place of the one that signs configs: it is announced, it takes over, and the one
// before ends. The caller of these commands has signed the lists; they are checked here.

import { formatRfc3339, type NodeId } from '@mesh/primitives';
import { type ConfigKeyList, MAX_CONFIG_KEY_LISTS, problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import { changesSince, signingKeyOf } from '../state/config-keys.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { nameSome, nodesBehind } from './nodes-behind.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

/** One step of a change of the config key, as officers sign for it. */
export interface ConfigKeyStep {
  readonly step: 'prepare' | 'switch' | 'finish' | 'abort';
  /** Whether nodes that have not confirmed the next key may be left behind; only for `switch`. */
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

/** Says whether the step may be taken. What it returns is recorded with the step. */
export type AuthoriseConfigKeyStep = (
  step: ConfigKeyStep,
  view: MeshView,
  context: CommandContext,
) => Outcome;

export interface ConfigKeyPreparation {
  /** Signed by its present key. */
  readonly list: ConfigKeyList;
  readonly sealedKey: Uint8Array;
  /** How long a node can be away and still come back by itself: as long as its certificate lasts. */
  readonly mayBeAwayMs: number;
  readonly why: string;
  readonly actor: Actor;
}

export function prepareConfigKey(
  { list, sealedKey, mayBeAwayMs, why, actor }: ConfigKeyPreparation,
  authorise: AuthoriseConfigKeyStep,
): Command {
  return (view, context) => {
    const { lists, overlap } = view.configKeys();
    if (overlap !== undefined)
      return refused(
        problem(
          'state_conflict',
          'another key is on its way already: see meshctl config-key status, and end that change with config-key finish or abort',
        ),
      );
    const newest = lists.at(-1);
    if (newest !== undefined && (list.present !== newest.present || !isNewer(list, newest)))
      return refused(changedMeanwhile());
    // A node that was away gets a list for each change, and the newest.
    if (changesSince(view.configKeys(), context.nowMs - mayBeAwayMs) >= MAX_CONFIG_KEY_LISTS - 1)
      return refused(
        problem(
          'state_conflict',
          `the config key has changed ${MAX_CONFIG_KEY_LISTS - 1} times while a node's certificate lasts, and a node that was away meanwhile could not follow one more: wait, and change the key less often`,
        ),
      );
    const permission = authorise({ step: 'prepare', force: false, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    return done([...permission.events, { type: 'config_key_prepared', list, sealedKey, why, actor }]);
  };
}

/** Notes that a node has stored the list that was made at this moment. */
export function noteConfigKeyList(nodeId: NodeId, listMadeAtMs: number): Command {
  return (view) => {
    const { lists, overlap } = view.configKeys();
    const isNews =
      overlap !== undefined &&
      lists.at(-1)?.made_at_ms === listMadeAtMs &&
      !overlap.confirmedBy.has(nodeId) &&
      view.node(nodeId) !== undefined;
    return done(isNews ? [{ type: 'config_key_confirmed', nodeId, listMadeAtMs }] : []);
  };
}

export interface ConfigKeySwitch {
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

export function switchConfigKey(
  { force, why, actor }: ConfigKeySwitch,
  authorise: AuthoriseConfigKeyStep,
): Command {
  return (view, context) => {
    const { lists, overlap } = view.configKeys();
    const newest = lists.at(-1);
    if (newest?.next === undefined || overlap === undefined) return refused(noneOnItsWay());
    if (overlap.hasSwitched)
      return refused(
        problem(
          'state_conflict',
          'the next key signs already: end the one before with meshctl config-key finish',
        ),
      );
    const { public_key: nextPublicKey, from_ms: fromMs } = newest.next;
    if (context.nowMs < fromMs)
      return refused(
        problem(
          'state_conflict',
          `the next key may not sign before ${formatRfc3339(fromMs)}: wait until then`,
        ),
      );
    const notConfirmed = nodesNotConfirmed(view, context.nowMs);
    if (notConfirmed.length > 0 && !force)
      return refused(
        problem(
          'state_conflict',
          `${nameSome(notConfirmed)}: have not confirmed the next key; wait for their next config (meshctl config-key status), update agents that are too old, or leave them behind with --force`,
        ),
      );
    const permission = authorise({ step: 'switch', force, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    const { present: publicKey } = newest;
    return done([
      ...permission.events,
      { type: 'config_key_switched', publicKey, nextPublicKey, notConfirmed, why, actor },
    ]);
  };
}

export interface ConfigKeyEnd {
  /** Names one key, which has signed it. */
  readonly list: ConfigKeyList;
  readonly why: string;
  readonly actor: Actor;
}

/** Before the switch a change ends by an abort, after it by a finish. */
const ENDS = {
  finish: {
    event: 'config_key_finished',
    hasSwitched: true,
    otherwise: 'the next key does not sign yet: run meshctl config-key switch before',
  },
  abort: {
    event: 'config_key_aborted',
    hasSwitched: false,
    otherwise:
      'the next key signs already: end the one before with meshctl config-key finish, and prepare another',
  },
} as const;

export function finishConfigKey(end: ConfigKeyEnd, authorise: AuthoriseConfigKeyStep): Command {
  return endChange('finish', end, authorise);
}

export function abortConfigKey(end: ConfigKeyEnd, authorise: AuthoriseConfigKeyStep): Command {
  return endChange('abort', end, authorise);
}

function endChange(
  step: keyof typeof ENDS,
  { list, why, actor }: ConfigKeyEnd,
  authorise: AuthoriseConfigKeyStep,
): Command {
  const { event: type, hasSwitched, otherwise } = ENDS[step];
  return (view, context) => {
    const state = view.configKeys();
    if (state.overlap === undefined) return refused(noneOnItsWay());
    if (state.overlap.hasSwitched !== hasSwitched || list.present !== signingKeyOf(state))
      return refused(problem('state_conflict', otherwise));
    if (!isNewer(list, state.lists.at(-1))) return refused(changedMeanwhile());
    const permission = authorise({ step, force: false, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    return done([...permission.events, { type, list, why, actor }]);
  };
}

/** The nodes that have not confirmed the newest list. Empty if no change is under way. */
export function nodesNotConfirmed(view: MeshView, nowMs: number): readonly NodeId[] {
  const { overlap } = view.configKeys();
  return overlap === undefined ? [] : nodesBehind(view, nowMs, overlap.confirmedBy);
}

/** Another step may have come between the signing of a list and its turn. */
function isNewer(list: ConfigKeyList, newest: ConfigKeyList | undefined): boolean {
  return newest === undefined || list.made_at_ms > newest.made_at_ms;
}

function changedMeanwhile() {
  return problem('state_conflict', 'the config key has changed meanwhile: see meshctl config-key status');
}

function noneOnItsWay() {
  return problem('state_conflict', 'no other key is on its way: begin with meshctl config-key prepare');
}
