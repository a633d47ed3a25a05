// Remembers what the last look at the routes found, and of what. `ip route get` for 1,000 peers and reading
// its answers take most of a look's time, and mostly nothing has changed.

import type { Cidr } from '@mesh/wg';
import type { RouteLook, RouteSurvey } from '../port/overlay-routes.ts';

/** After so many looks at which nothing had changed, the kernel is asked all the same. */
const ASKED_AGAIN_AFTER = 10;

export class LastSurvey {
  #last: { readonly look: RouteLook; readonly text: string; readonly survey: RouteSurvey } | undefined;
  #uses = 0;

  /** Whether the last survey was of the same peers and addresses, so that it may still count. */
  isOf(look: RouteLook): boolean {
    return this.#last !== undefined && isSame(look, this.#last.look);
  }

  /**
   * @param text what the kernel chooses routes by now; undefined if that is not known
   * @returns the last survey if one of the same look would find the same; undefined if it has to be made
   */
  find(text: string | undefined): RouteSurvey | undefined {
    if (this.#last === undefined || text !== this.#last.text || this.#uses >= ASKED_AGAIN_AFTER)
      return undefined;
    this.#uses += 1;
    return this.#last.survey;
  }

  /** @param text read before the kernel was asked, and after the last change of a route by this process */
  keep(look: RouteLook, text: string | undefined, survey: RouteSurvey): void {
    this.#uses = 0;
    this.#last = text === undefined ? undefined : { look, text, survey };
  }

  forget(): void {
    this.#last = undefined;
  }
}

function isSame(one: RouteLook, other: RouteLook): boolean {
  return (
    one.interfaceName === other.interfaceName &&
    one.diverted?.interfaceName === other.diverted?.interfaceName &&
    areSame(one.diverted?.blocks, other.diverted?.blocks) &&
    areSame(one.blocks, other.blocks) &&
    areSame(one.own, other.own)
  );
}

function areSame(one: readonly Cidr[] | undefined, other: readonly Cidr[] | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((block, at) => block === other[at]);
}
