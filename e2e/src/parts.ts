// A scenario made of parts, each in its own mesh. With a mechanism switched off, only the parts run whose
// claim it keeps, so that the failure is the expected one.

import type { Mechanism, Scenario, ScenarioResult, ScenarioRun } from './scenario.ts';

export interface Part<MechanismName extends string> {
  readonly about: string;
  /** Without any one of these, its claim fails. */
  readonly keptBy: readonly MechanismName[];
  /** Also part of a quick run. */
  readonly quick: boolean;
  run(run: ScenarioRun): Promise<ScenarioResult>;
}

export function scenarioOfParts<const MechanismName extends string>(
  about: string,
  mechanisms: Readonly<Record<MechanismName, Mechanism>>,
  parts: Readonly<Record<string, Part<NoInfer<MechanismName>>>>,
  takes: Readonly<Record<string, string>> = {},
): Scenario {
  const isConcerned = (part: Part<MechanismName>, { without, quick }: ScenarioRun) =>
    without === undefined
      ? part.quick || !quick
      : part.keptBy.some((mechanism) => mechanisms[mechanism] === without);
  return {
    about,
    mechanisms,
    takes,
    run: async (run) => {
      let ok = true;
      const measured: Record<string, unknown> = {};
      for (const [name, part] of Object.entries(parts)) {
        if (!isConcerned(part, run)) continue;
        run.say(part.about);
        const result = await part.run(run);
        ok &&= result.ok;
        measured[name] = { ok: result.ok, ...result.measured };
      }
      return { ok, measured };
    },
  };
}
