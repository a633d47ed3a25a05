// The current enrolment, in memory and on disk. Changes are made one after the other.

import { type Enrolment, writeEnrolment } from './enrolment-file.ts';

export class EnrolmentStore {
  readonly #path: string;
  #current: Enrolment;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(path: string, enrolment: Enrolment) {
    this.#path = path;
    this.#current = enrolment;
  }

  get current(): Enrolment {
    return this.#current;
  }

  /**
   * Changes some fields. Resolves once they are on disk. In memory they change even if the write fails.
   */
  update(change: Partial<Enrolment>): Promise<void> {
    const result = this.#tail.then(async () => {
      this.#current = { ...this.#current, ...change };
      await writeEnrolment(this.#path, this.#current);
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
