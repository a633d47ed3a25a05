// The strings that keep the derivations of mesh/psk/v1 apart. Changing one changes every key.

export const SCHEDULE_LABEL = 'mesh/psk/v1';
export const COMMITMENT_LABEL = 'mesh/psk/v1/commitment';
export const NODE_LABEL = 'node';
export const PAIR_LABEL = 'pair';
