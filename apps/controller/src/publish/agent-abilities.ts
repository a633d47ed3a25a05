// What an agent says with its query for a config.

/** What the agent that gets an answer understands. */
export interface AgentAbilities {
  /** Removal notices; then its config names its class. */
  readonly takesNotices: boolean;
  /** Configs that were signed together with others. */
  readonly takesBatches: boolean;
  /**
   * When the newest list of config keys that the node has stored was made; 0 for none. Absent: it knows no
   * lists.
   */
  readonly configKeyListMs?: number | undefined;
  /** Pairs that move between slots. */
  readonly movesSlots: boolean;
  /** The size of the newest head of the log that the node has accepted. Absent: it checks no heads. */
  readonly logSize?: number | undefined;
  /** Whether the node asks for the name and the keys of the log. */
  readonly asksForLog?: boolean;
  /** Whether it takes part in exams. */
  readonly takesExams?: boolean;
}
