// Sends one valid message of each kind, so that the messages which are sent afterwards are late.

import { jsonRequest } from '@mesh/host/fuzz-kit';
import { signMessage } from '@mesh/protocol';
import { openNextEpoch } from '../index.ts';
import { refusedAsItIs } from './good-bodies.ts';
import type { RenderPorts } from './render-attack.ts';
import { callerOf, nameOf, pathFor, targets } from './targets.ts';

/**
 * Also the control of the fuzz: it throws if a message is refused that has nothing wrong with it, because
 * then those that are wrong in one thing would be refused for another.
 */
export async function prime({ mesh, bodies, forms }: RenderPorts): Promise<void> {
  for (const target of targets) {
    const form = forms.get(target);
    if (target.door !== 'nodes' || form?.signing === undefined || refusedAsItIs(form.schema)) continue;
    const { by, kind } = form.signing;
    const body = signMessage(kind, bodies(form.schema, 'node-a') ?? {}, mesh.signers[by]);
    const request = jsonRequest('POST', pathFor(target, 'node-a'), body);
    const answer = await mesh.connections[callerOf(target)].ask(request, false);
    if (answer?.status !== 200)
      throw new Error(
        `${nameOf(target)} refuses a valid ${kind}: ${answer?.body ?? 'no answer'}; mend it in packages/protocol/test/support/good-messages.ts or test/support/fuzz/good-bodies.ts`,
      );
  }
  // It may have left by one of them.
  await mesh.nodes['node-a'].submit(0.9);
  await openNextEpoch(mesh.controller);
}
