// The benchmarks that are compared if none is named.

/**
 * Those whose turns are short, because a comparison takes two per round: 10 to 30 seconds on two cores with
 * others at work. The others take about 40 seconds and more. `config` waits for two epochs at each of its
 * sizes, `denial` pauses after every denial, `epoch` encapsulates for 36,000 nodes, `hostile-member` waits
 * for its floods, and `sealing` answers 10,000 nodes in four ways.
 */
export const COMPARED_BY_DEFAULT: readonly string[] = ['psk', 'submissions'];
