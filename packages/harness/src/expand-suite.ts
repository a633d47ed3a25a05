// Makes the prompts that run of a suite as it is written: groups, variables and repeats are written out.
//
// A prompt that names variables with several values becomes one prompt for each combination, in the order of
// the values, with the ids `id.1`, `id.2`, …; repeats get `.r1`, `.r2`, … after that.

import { defined } from '@mesh/primitives';
import type { Suite, SuitePrompt } from './suite.ts';
import {
  findValueProblem,
  VARIABLE_IN_TEXT,
  type WrittenAssertion,
  type WrittenPrompt,
  type WrittenSuite,
} from './suite-schema.ts';

/** What is wrong, and where in the suite as it is written. */
export interface SuiteProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

const MAX_PROMPTS = 1_000;

type Vars = Readonly<Record<string, string | readonly string[]>>;

/** What a prompt inherits. */
interface Surroundings {
  readonly path: readonly PropertyKey[];
  readonly dimension?: string;
  readonly weight: number;
  readonly vars: Vars;
  readonly repeat: number;
  readonly assert: readonly WrittenAssertion[];
}

/** Names the first problems; a suite with any is not to run. */
export function expandSuite(written: WrittenSuite): Suite | { readonly problems: readonly SuiteProblem[] } {
  const problems: SuiteProblem[] = [];
  const outer = { weight: 1, vars: written.vars ?? {}, repeat: 1, assert: [] };
  const prompts: SuitePrompt[] = [];
  const firstAt = new Map<string, number>();
  const add = (some: readonly WrittenPrompt[], surroundings: Surroundings) => {
    for (const [index, prompt] of some.entries()) {
      const path = [...surroundings.path, index];
      const expanded = expandPrompt(prompt, { ...surroundings, path }, problems);
      if (prompts.length + expanded.length > MAX_PROMPTS) {
        problems.push({
          path,
          message: `makes more than ${MAX_PROMPTS} prompts: give fewer values or repeats`,
        });
        return;
      }
      for (const one of expanded) {
        const first = firstAt.get(one.id);
        // Written out, ids may meet: `a.1`, and the first of the prompts that are made of `a`.
        if (first !== undefined)
          problems.push({
            path: [...path, 'id'],
            message: `"${one.id}" is already the id of prompt ${first}: give each its own`,
          });
        prompts.push(one);
        firstAt.set(one.id, first ?? prompts.length);
      }
    }
  };
  add(written.prompts ?? [], { ...outer, path: ['prompts'] });
  for (const [index, { dimension, weight, repeat, assert, vars, prompts: inner }] of written.groups.entries())
    add(inner, {
      path: ['groups', index, 'prompts'],
      dimension,
      weight,
      vars: { ...outer.vars, ...vars },
      repeat: repeat ?? 1,
      assert,
    });
  if (prompts.length === 0 && problems.length === 0)
    problems.push({ path: ['prompts'], message: 'must hold at least one prompt' });
  if (problems.length > 0) return { problems };
  const { name, version, system } = written;
  return { name, version, ...defined({ system }), prompts };
}

function expandPrompt(written: WrittenPrompt, around: Surroundings, problems: SuiteProblem[]): SuitePrompt[] {
  const { path } = around;
  const refuse = (message: string, ...more: PropertyKey[]) =>
    problems.push({ path: [...path, ...more], message });
  const dimension = written.dimension ?? around.dimension;
  const assert = [...around.assert, ...written.assert];
  if (dimension === undefined) refuse('must name the score that the prompt counts towards', 'dimension');
  if (around.dimension !== undefined && written.dimension !== undefined)
    refuse('is that of the group: remove it here', 'dimension');
  if (assert.length === 0) refuse('must hold at least one assertion', 'assert');
  const vars: Vars = { ...around.vars, ...written.vars };
  // Without any variable in sight, braces are text.
  const hasVars = Object.keys(vars).length > 0;
  const named = hasVars
    ? variablesIn([written.prompt, ...assert.map(({ value }) => value)])
    : new Set<string>();
  for (const name of named)
    if (!Object.hasOwn(vars, name)) refuse(`names the unknown variable ${name}`, 'prompt');
  for (const name of Object.keys(written.vars ?? {}))
    if (!named.has(name)) refuse('is not used in this prompt: remove it', 'vars', name);
  if (problems.length > 0 || dimension === undefined) return [];

  const repeats = written.repeat ?? around.repeat;
  const combinations = combine([...named].map((name) => [name, vars[name] ?? ''] as const));
  if (combinations === undefined || combinations.length * repeats > MAX_PROMPTS) {
    refuse(`makes more than ${MAX_PROMPTS} prompts: give fewer values or repeats`);
    return [];
  }
  return combinations.flatMap((values, index) => {
    const filled = assert.map((one) => ({ ...one, value: fill(one.value, values) }));
    for (const { type, value } of filled) {
      const problem = value === '' ? undefined : findValueProblem(type, value);
      if (problem !== undefined) refuse(`with its variables put in, a value ${problem}`, 'assert');
    }
    const which = combinations.length > 1 ? `.${index + 1}` : '';
    const suffixes = Array.from({ length: repeats }, (_one, time) =>
      repeats > 1 ? `${which}.r${time + 1}` : which,
    );
    return suffixes.map((suffix) => ({
      id: `${written.id}${suffix}`,
      dimension,
      prompt: fill(written.prompt, values),
      weight: written.weight * around.weight,
      assert: filled,
      // Written out alike, each is the paraphrase of its own twin.
      ...(written.paraphraseOf === undefined ? {} : { paraphraseOf: `${written.paraphraseOf}${suffix}` }),
    }));
  });
}

function variablesIn(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => [...text.matchAll(VARIABLE_IN_TEXT)].map(([, name = '']) => name)));
}

type Values = Readonly<Record<string, string>>;

/** @returns undefined if there are too many */
function combine(vars: readonly (readonly [string, string | readonly string[]])[]): Values[] | undefined {
  let combinations: Values[] = [{}];
  for (const [name, value] of vars) {
    const values = typeof value === 'string' ? [value] : value;
    if (combinations.length * values.length > MAX_PROMPTS) return undefined;
    combinations = combinations.flatMap((one) => values.map((text) => ({ ...one, [name]: text })));
  }
  return combinations;
}

/** A value is text, even if it looks like a variable. */
function fill(template: string, values: Values): string {
  return template.replaceAll(VARIABLE_IN_TEXT, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
