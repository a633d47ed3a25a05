// The machine of a made-up report.

export const SAMPLE_MACHINE = {
  cpu: 'Some CPU',
  cores: 2,
  memory_gib: 4,
  platform: 'linux 6',
  node: '24',
  openssl: '3',
  load_at_start: 0.5,
};
