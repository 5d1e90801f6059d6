import { afterAll, beforeAll } from '@jest/globals';
import { startSealing, stopSealing } from './receipts/sealing.js';

// One running system, and four ideas. The first begins before anything is recorded, the last changes the signing key.
import './receipts/receipts-and-statements.js';
import './receipts/verify-by-root.js';
import './receipts/access-tokens.js';
import './receipts/signing-keys.js';

beforeAll(startSealing);
afterAll(stopSealing);
