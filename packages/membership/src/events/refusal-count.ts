/** How many messages of a kind were refused with a code. */
export interface RefusalCount {
  readonly kind: string;
  readonly code: string;
  readonly count: number;
}
