// Puts another pair of keys in the place of the one that signs the log's heads: both sign for a while, and
// then the one before ends.

import { problem } from '@mesh/protocol';
import type { Actor } from '../events/actor.ts';
import type { LogKeyPair } from '../events/log-key-event.ts';
import type { MeshView } from '../state/mesh-view.ts';
import { type Command, type CommandContext, done, type Outcome, refused } from './outcome.ts';

/** One step of a change of the log's keys, as officers sign for it. */
export interface LogKeyStep {
  readonly step: 'prepare' | 'finish' | 'abort';
  /** Whether witnesses that have not taken the next keys may be left behind; only for `finish`. */
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

/** Says whether the step may be taken. What it returns is recorded with the step. */
export type AuthoriseLogKeyStep = (step: LogKeyStep, view: MeshView, context: CommandContext) => Outcome;

export interface LogKeyPreparation {
  /** That signs now. */
  readonly present: LogKeyPair;
  readonly next: LogKeyPair;
  readonly sealedSeeds: Uint8Array;
  readonly why: string;
  readonly actor: Actor;
}

export function prepareLogKey(
  { present, next, sealedSeeds, why, actor }: LogKeyPreparation,
  authorise: AuthoriseLogKeyStep,
): Command {
  return (view, context) => {
    const known = view.logKeys();
    if (known.next !== undefined)
      return refused(
        problem(
          'state_conflict',
          'other keys are on their way already: see meshctl log-key status, and end that change with log-key finish or abort',
        ),
      );
    if (known.present !== undefined && known.present.publicKey !== present.publicKey)
      return refused(changedMeanwhile());
    const permission = authorise({ step: 'prepare', force: false, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    return done([...permission.events, { type: 'log_key_prepared', present, next, sealedSeeds, why, actor }]);
  };
}

export interface LogKeyFinish {
  /** The pair whose signatures the published head bears, besides those of the present one. */
  readonly published: string | undefined;
  /** The witnesses that have not taken a head for the next pair's signatures, by address. */
  readonly notConfirmed: readonly string[];
  readonly force: boolean;
  readonly why: string;
  readonly actor: Actor;
}

export function finishLogKey(
  { published, notConfirmed, force, why, actor }: LogKeyFinish,
  authorise: AuthoriseLogKeyStep,
): Command {
  return (view, context) => {
    const { next } = view.logKeys();
    if (next === undefined) return refused(noneOnTheirWay());
    // The head that is published stays it until the next one counts, which may take long.
    if (published !== next.publicKey)
      return refused(
        problem(
          'state_conflict',
          'the published head of the log does not bear the signatures of the next keys yet: wait for the next head, and see meshctl health if there is none',
        ),
      );
    if (notConfirmed.length > 0 && !force)
      return refused(
        problem(
          'state_conflict',
          `${notConfirmed.join(', ')}: has not taken a head for the signatures of the next keys alone; give the witness what meshctl log key shows, wait for the next head (meshctl log-key status), or leave it behind with --force`,
        ),
      );
    const permission = authorise({ step: 'finish', force, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    const { publicKey, verifierKeys } = next;
    const present = { publicKey, verifierKeys };
    return done([
      ...permission.events,
      { type: 'log_key_finished', present, notConfirmed: [...notConfirmed], why, actor },
    ]);
  };
}

export interface LogKeyAbort {
  readonly why: string;
  readonly actor: Actor;
}

export function abortLogKey({ why, actor }: LogKeyAbort, authorise: AuthoriseLogKeyStep): Command {
  return (view, context) => {
    const { present, next } = view.logKeys();
    if (present === undefined || next === undefined) return refused(noneOnTheirWay());
    const permission = authorise({ step: 'abort', force: false, why, actor }, view, context);
    if (permission.kind === 'refused') return permission;
    return done([...permission.events, { type: 'log_key_aborted', present, why, actor }]);
  };
}

function changedMeanwhile() {
  return problem('state_conflict', "the log's keys have changed meanwhile: see meshctl log-key status");
}

function noneOnTheirWay() {
  return problem('state_conflict', 'no other keys are on their way: begin with meshctl log-key prepare');
}
