#!/usr/bin/env node
// Limits the memory before the program is loaded, because loading alone makes enough objects to let it grow.

import './small-memory.ts';

await import('./process.ts');
