// The benchmarks that are compared if none is named.

/**
 * A process of each of these is done in half a minute. The others take minutes (`epoch` and `sealing` with
 * their meshes of 10,000 nodes, `denial` and `hostile-member` with their pauses), and a comparison starts
 * each of them twice per round.
 */
export const COMPARED_BY_DEFAULT: readonly string[] = ['psk', 'submissions', 'config'];
