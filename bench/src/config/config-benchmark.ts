export const configBenchmark = { name: 'config', summary: '', rounds: 1, run: async () => ({ tables: [], notes: [] }) };
