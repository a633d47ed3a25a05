#!/usr/bin/env node
// Limits the memory for new objects before the program is loaded, because loading alone makes enough of them
// to let it grow.

import './young-generation.ts';

await import('./process.ts');
