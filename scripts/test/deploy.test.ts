// The alert rules and the Grafana board: Prometheus takes them, each alert fires when it should and not
// before, and nothing in them asks for a metric that neither controller nor agent has.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ensurePromtool } from '../ensure-promtool.mjs';

const deploy = join(dirname(fileURLToPath(import.meta.url)), '../../deploy');
const metricsFolder = join(deploy, '../apps/controller/src/metrics');

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly annotations: { readonly summary: string; readonly runbook_url: string };
    }[];
  }[];
}
interface Board {
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const rules = (
  parse(readFileSync(join(deploy, 'prometheus/aligned-mesh.rules.yaml'), 'utf8')) as Rules
).groups.flatMap((group) => group.rules);
const board = JSON.parse(readFileSync(join(deploy, 'grafana/aligned-mesh.json'), 'utf8')) as Board;

/** The names of the metrics of controller and agent, as their sources write them. */
const names = new Set(
  [
    ...['mesh-metrics.ts', 'alert-metrics.ts', 'event-counters.ts', 'process-metrics.ts'].map((file) =>
      join(metricsFolder, file),
    ),
    join(deploy, '../apps/node-agent/src/status/agent-metrics.ts'),
  ].flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'((?:mesh|process)_[a-z_]+)'/g)].map(([, name = '']) => name),
  ),
);
const namesIn = (expr: string): string[] =>
  [...expr.matchAll(/\b(?:mesh|process)_[a-z_]+/g)].map(([name]) =>
    name.replace(/_(?:bucket|sum|count)$/, ''),
  );

describe('the alert rules', () => {
  let promtool = '';
  beforeAll(() => {
    const found = ensurePromtool({ log: console.error });
    if (found.failure !== undefined) throw new Error(found.failure);
    promtool = found.promtool;
  });
  const run = (...args: string[]) =>
    execFileSync(promtool, args, { cwd: join(deploy, 'prometheus'), encoding: 'utf8', stdio: 'pipe' });

  it('are rules that Prometheus takes', () => {
    expect(run('check', 'rules', '--lint-fatal', 'aligned-mesh.rules.yaml')).toContain(
      `${rules.length} rules found`,
    );
  });

  it('fire when they should, and not in a healthy mesh', () => {
    expect(run('test', 'rules', 'aligned-mesh.test.yaml')).toContain('SUCCESS');
    const tested = readFileSync(join(deploy, 'prometheus/aligned-mesh.test.yaml'), 'utf8');
    expect(rules.filter(({ alert }) => !tested.includes(`alertname="${alert}"`))).toEqual([]);
  });

  it('ask for nothing that neither program has', () => {
    for (const { alert, expr } of rules)
      expect([alert, namesIn(expr).filter((name) => !names.has(name))]).toEqual([alert, []]);
  });

  it('have a runbook each, which runbook_url names, and no runbook is about no rule', () => {
    const folder = join(deploy, '../docs/runbooks');
    expect(readdirSync(folder).sort()).toEqual(rules.map(({ alert }) => `${alert}.md`).sort());
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(`runbooks/${alert}.html`);
      const page = readFileSync(join(folder, `${alert}.md`), 'utf8');
      const headings = [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading);
      expect(headings).toEqual([alert, 'First look', 'Causes', 'Mending', 'When to wake somebody']);
    }
  });
});

describe('the Grafana board', () => {
  it('asks for nothing that neither program has', () => {
    expect(board.panels.length).toBeGreaterThan(10);
    for (const { title, targets } of board.panels)
      for (const { expr } of targets)
        expect([title, namesIn(expr).length > 0, namesIn(expr).filter((name) => !names.has(name))]).toEqual([
          title,
          true,
          [],
        ]);
  });

  it('has no two panels with one id', () => {
    expect(new Set(board.panels.map(({ id }) => id)).size).toBe(board.panels.length);
  });
});
