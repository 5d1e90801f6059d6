import { boundHeap } from './bound-heap.js';

boundHeap();
await import('./serve.js');
