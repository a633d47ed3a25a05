// The benchmarks that are compared if none is named.

/**
 * Those that are quick enough: a comparison starts each of them twice per round. The others seed meshes of
 * 10,000 nodes (`epoch`, `sealing`), pause after every denial (`denial`) or wait for a flood
 * (`hostile-member`).
 */
export const COMPARED_BY_DEFAULT: readonly string[] = ['psk', 'submissions', 'config'];
