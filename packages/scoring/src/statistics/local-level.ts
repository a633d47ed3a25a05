// The local level model and its Kalman filter (Durbin and Koopman, "Time Series Analysis by State Space
// Methods", section 2.2): values are a level and noise, and the level wanders.
//
//   value = level + ε,  ε ~ N(0, observationVariance)
//   level ← level + η,  η ~ N(0, levelVariance)

import { ScoringError } from '../scoring-error.ts';

export interface LocalLevel {
  /** σ²ε, above 0. */
  readonly observationVariance: number;
  /** σ²η, 0 or more. */
  readonly levelVariance: number;
}

/** What is believed of the level before the next value: a normal distribution. */
export interface LevelBelief {
  readonly mean: number;
  readonly variance: number;
}

export interface LevelStep {
  /** Before the next value. */
  readonly next: LevelBelief;
  /** The value less what was expected. */
  readonly innovation: number;
  /** Of the innovation; their ratio squared tells how surprising the value is. */
  readonly innovationVariance: number;
  /** How much of the innovation the level takes over, 0 to 1. */
  readonly gain: number;
  /** ln of the density of the value, as it was expected. */
  readonly logLikelihood: number;
}

/** @throws ScoringError `invalid_statistic` */
export function filterLevel(model: LocalLevel, belief: LevelBelief, value: number): LevelStep {
  const next = nextBelief(model, belief, value);
  const innovation = value - belief.mean;
  const innovationVariance = belief.variance + model.observationVariance;
  const gain = belief.variance / innovationVariance;
  return {
    next,
    innovation,
    innovationVariance,
    gain,
    logLikelihood: -0.5 * (Math.log(2 * Math.PI * innovationVariance) + innovation ** 2 / innovationVariance),
  };
}

/**
 * As {@link filterLevel}, without what tells how surprising the value is.
 *
 * @throws ScoringError `invalid_statistic`
 */
export function nextBelief(model: LocalLevel, belief: LevelBelief, value: number): LevelBelief {
  checkModel(model, value);
  if (!(belief.variance >= 0)) throw new ScoringError('invalid_statistic', 'a variance is 0 or more');
  const gain = gainOf(belief.variance, model.observationVariance);
  return {
    mean: nextMean(belief.mean, gain, value),
    variance: nextVariance(belief.variance, gain, model.levelVariance),
  };
}

/** The parts of {@link nextBelief}, for callers that have checked the model. */
export const gainOf = (variance: number, observationVariance: number): number =>
  variance / (variance + observationVariance);
export const nextMean = (mean: number, gain: number, value: number): number => mean + gain * (value - mean);
export const nextVariance = (variance: number, gain: number, levelVariance: number): number =>
  variance * (1 - gain) + levelVariance;

function checkModel({ observationVariance, levelVariance }: LocalLevel, value: number): void {
  if (!(observationVariance > 0 && levelVariance >= 0) || !Number.isFinite(value))
    throw new ScoringError(
      'invalid_statistic',
      'a local level has finite values and noise with a variance above 0',
    );
}
