// Which routes a fuzz has only scratched: where too few requests got as far as a request can get that is
// refused in the end.

import { routes } from '@mesh/protocol';
import { type Depth, depths } from './depth.ts';
import type { DepthCounts, FuzzReport } from './fuzz-doors.ts';
import type { Form } from './message-forms.ts';
import { hasParameter, isAdministration, nameOf, type Target, targets } from './targets.ts';

const SHARE = 0.02;
const SIGN_INS: readonly string[] = [routes.dashboardSession, routes.beginOpenId, routes.finishOpenId];

export function scratched(report: FuzzReport, forms: ReadonlyMap<Target, Form>): readonly string[] {
  return targets.flatMap((target) => {
    const count = report.depths[nameOf(target)];
    if (count === undefined) return [`${nameOf(target)} was not attacked`];
    if (!isScratched(target, count, forms.get(target))) return [];
    const { wanted, there, total } = depthOfAll(target, count, forms.get(target));
    return [`${nameOf(target)}: ${there} of ${total} got to ${wanted}: ${describe(count)}${ADVICE}`];
  });
}

export function isScratched(target: Target, count: DepthCounts, form: Form | undefined): boolean {
  const { there, total } = depthOfAll(target, count, form);
  return there < Math.max(1, SHARE * total);
}

function depthOfAll(target: Target, count: DepthCounts, form: Form | undefined) {
  const wanted = reachable(target, form);
  const total = depths.reduce((sum, depth) => sum + count[depth], 0);
  const there = depths.slice(depths.indexOf(wanted)).reduce((sum, depth) => sum + count[depth], 0);
  return { wanted, there, total };
}

const ADVICE =
  '. If its message is new, add a good one to packages/protocol/test/support/good-messages.ts, so that the attacks can be wrong in one thing alone';

/** The last check that refuses a request which may not be carried out. */
function reachable(target: Target, form: Form | undefined): Depth {
  if (target.method === 'GET') return 'answered';
  // Without a message, everything that gets past the path is carried out.
  if (form === undefined) return 'http';
  // Whether a key is none or was withdrawn, whoever signs in is not told. The mesh has no OpenID provider.
  if (SIGN_INS.includes(target.path)) return 'form';
  if (!isAdministration(target)) return form.signing === undefined ? 'proof' : 'beyond';
  return form.signing !== undefined || (hasParameter(target) && form.hasGoodBody) ? 'beyond' : 'form';
}

const describe = (count: DepthCounts): string =>
  depths
    .filter((depth) => count[depth] > 0)
    .map((depth) => `${depth} ${count[depth]}`)
    .join(', ');
