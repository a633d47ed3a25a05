// What `down` does while the agent runs: the agent's tasks are ended, the controller is told, and the
// interface and the host rules are removed. It happens once, however often `down` is asked.

import type { DownAnswer } from '../control/control-protocol.ts';
import { tryToAnnounceLeave } from '../uplink/reports/announce-leave.ts';
import type { AgentParts } from './agent-parts.ts';
import type { WiredAgent } from './wire-agent.ts';

export interface DepartureOptions {
  readonly parts: AgentParts;
  readonly agent: Pick<WiredAgent, 'engine' | 'channel'>;
  /** Ends the tasks of the agent. Resolves once the engine changes the interface no more. */
  readonly stopTasks: () => Promise<void>;
}

export class Departure {
  readonly #options: DepartureOptions;
  #answer: Promise<DownAnswer> | undefined;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  /** Undefined: nobody has asked for it. */
  get answer(): Promise<DownAnswer> | undefined {
    return this.#answer;
  }

  /** @throws TunnelError if the interface or the host rules cannot be removed */
  begin(): Promise<DownAnswer> {
    this.#answer ??= this.#leave();
    return this.#answer;
  }

  async #leave(): Promise<DownAnswer> {
    const { parts, agent, stopTasks } = this.#options;
    await stopTasks();
    const failure = await tryToAnnounceLeave({
      enrolment: parts.enrolment.current,
      instanceId: parts.instanceId,
      client: agent.channel.client,
      sign: parts.keys.identity.sign,
      sequences: parts.sequences,
      controllerClock: parts.controllerClock,
    });
    const { interfaceName } = agent.engine.tunnel;
    await agent.engine.down();
    await parts.hostRules.down();
    parts.journal.record({ type: 'stopped', why: 'down' });
    return { interface: interfaceName, leave_announced: failure === null, leave_failure: failure };
  }
}
