// Doors are opened before anything is written, so that a start that fails at a port leaves no trace. A
// request that comes before the start has finished is told to come again.

import { problem } from '@mesh/protocol';
import { answerProblem } from '../answers/answer-problem.ts';

type Fetch = (request: Request, env: never) => Response | Promise<Response>;

export class StartGate {
  #isOpen = false;

  /** The same handler, once the gate is open; until then 503 with Retry-After. */
  behind(fetch: Fetch): Fetch {
    return (request, env) =>
      this.#isOpen
        ? fetch(request, env)
        : answerProblem(problem('not_ready', 'the controller is starting; send the request again'), 1);
  }

  open(): void {
    this.#isOpen = true;
  }
}
