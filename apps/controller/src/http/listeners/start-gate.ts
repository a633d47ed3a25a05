// Holds back requests until the start has finished. Listeners open before anything is written, so that a
// start that fails because a port is taken leaves no trace.

import { problem } from '@mesh/protocol';
import { answerProblem } from '../respond/answer-problem.ts';
import type { Fetch } from './request-listener.ts';

export class StartGate {
  #isOpen = false;

  /** Wraps a handler. It answers 503 with Retry-After until the gate is open. */
  behind(fetch: Fetch): Fetch {
    return (request, env) =>
      this.#isOpen
        ? fetch(request, env)
        : answerProblem(problem('not_ready', 'the controller is starting; send the request again'), 1);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  open(): void {
    this.#isOpen = true;
  }
}
