export const epochBenchmark = { name: 'epoch', summary: '', rounds: 1, run: async () => ({ tables: [], notes: [] }) };
