import { afterAll, beforeAll } from '@jest/globals';
import { startComparing, stopComparing } from './statements/comparing.js';

// One running system for all of it.
import './statements/against-the-ledger.js';
import './statements/keeping.js';
import './statements/command-line.js';
import './statements/refusals.js';

beforeAll(startComparing);
afterAll(stopComparing);
