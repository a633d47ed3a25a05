// meshctl tokens list|withdraw and nodes approve|reject|set-class|delete: who may become a member, and who
// stays one.

import type { DeletedNodeAnswer, NodeErasure, NodeSummary, TokenSummary } from '@mesh/protocol';
import type { Command } from 'commander';
import { nodeId, REASON_OPTION } from '../options/options.ts';
import { paintMembership, paintStatus } from '../output/membership-colours.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Ports } from '../ports/ports.ts';
import { confirmById } from '../session/confirm-by-id.ts';
import { type Session, withSession } from '../session/session.ts';

/** Adds to the command `tokens`. */
export function addTokenListCommands(tokens: Command, ports: Ports): void {
  tokens
    .command('list')
    .description('the join tokens that are usable, without their secrets')
    .option('--all', 'those that were withdrawn, are spent or have expired too')
    .action((flags: { all?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        const { tokens: every } = await session.client.tokens();
        const shown = flags.all === true ? every : every.filter(({ state }) => state === 'usable');
        session.result({ tokens: shown }, () => renderTokens(shown));
      }),
    );
  tokens
    .command('withdraw')
    .description('end a token before its time; nodes that enrolled with it stay')
    .argument('<token-id>', 'its id, from: meshctl tokens list')
    .requiredOption(...REASON_OPTION)
    .action((id: string, flags: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.withdrawToken(id, flags.reason), (token) =>
          renderTokens([token]),
        );
      }),
    );
}

/** Adds to the command `nodes`. */
export function addMembersCommands(nodes: Command, ports: Ports): void {
  const answers = {
    approve: 'let a pending node in; it is admitted when its benchmark is good enough',
    reject: 'refuse a pending node permanently: it is revoked',
  } as const;
  for (const answer of ['approve', 'reject'] as const)
    nodes
      .command(answer)
      .description(answers[answer])
      .argument('<id>', 'node id', nodeId)
      .requiredOption(...REASON_OPTION)
      .action((id: string, flags: { reason: string }, command: Command) =>
        withSession(command, ports, async (session) => {
          session.result(await session.client[answer](id, flags.reason), (node) => renderNode(node, session));
        }),
      );
  nodes
    .command('set-class')
    .description('move a node to another class of the policy; it is judged by that class at once')
    .argument('<id>', 'node id', nodeId)
    .argument('<class>', 'the class')
    .requiredOption(...REASON_OPTION)
    .action((id: string, className: string, flags: { reason: string }, command: Command) =>
      withSession(command, ports, async (session) => {
        session.result(await session.client.setClass(id, className, flags.reason), (node) =>
          renderNode(node, session),
        );
      }),
    );
  nodes
    .command('erase')
    .description(
      'erase what the log only commits to about a node: its results and addresses; the log still verifies',
    )
    .argument('<id>', 'node id, also of a deleted node', nodeId)
    .requiredOption(...REASON_OPTION)
    .option('--yes', 'do not ask')
    .action((id: string, flags: { reason: string; yes?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        if (flags.yes !== true) await confirmById('Erasing', id, ports);
        session.result(await session.client.eraseNode(id, flags.reason), renderErased);
      }),
    );
  nodes
    .command('delete')
    .description('delete the record of a revoked node; its name is free, its keys stay refused')
    .argument('<id>', 'node id', nodeId)
    .requiredOption(...REASON_OPTION)
    .option('--yes', 'do not ask')
    .action((id: string, flags: { reason: string; yes?: boolean }, command: Command) =>
      withSession(command, ports, async (session) => {
        if (flags.yes !== true) await confirmById('Deleting', id, ports);
        session.result(await session.client.deleteNode(id, flags.reason), renderDeleted);
      }),
    );
}

function renderTokens(tokens: readonly TokenSummary[]): string {
  if (tokens.length === 0) return 'no token is usable; make one with: meshctl tokens create\n';
  return renderTable(
    ['TOKEN', 'STATE', 'USES LEFT', 'CLASS', 'FOR', 'APPROVAL', 'EXPIRES', 'NODES'],
    tokens.map((token) => [
      token.token_id,
      token.state,
      String(token.uses_left),
      token.class,
      token.node_id ?? 'any',
      token.approve ? 'needed' : '-',
      token.expires_at,
      token.nodes.length === 0 ? '-' : token.nodes.join(','),
    ]),
  );
}

function renderNode(node: NodeSummary, { paint }: Session): string {
  return renderFields([
    ['node', node.node_id],
    ['status', paintStatus(node.status, paint)],
    ['class', node.class],
    ['membership', paintMembership(node.membership, paint)],
    ['reason', `${node.reason} (${node.reason_code})`],
  ]);
}

function renderErased({ node_id: id, erased_before: before, keeps_newest: kept }: NodeErasure): string {
  return renderFields([
    ['erased', `the details of ${id} in entries before ${before}`],
    [
      'kept',
      kept ? 'its newest benchmark, by which it is judged: revoke it, and erase again' : 'nothing of these',
    ],
    ['next', 'delete backups from before: they still hold the details'],
  ]);
}

function renderDeleted(deleted: DeletedNodeAnswer): string {
  return renderFields([
    ['deleted', deleted.node_id],
    ['addresses', deleted.addresses.join(', ')],
    ['held until', deleted.addresses_held_until],
  ]);
}
