import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVectors, VECTOR_FILES, VECTORS_DIR } from './vector-files.js';

/** The files are what others build against: a change in them is a change of the format, and shows in review. */
describe('the vector files', () => {
  it.each(Object.entries(VECTOR_FILES))('%s is what the code makes today', async (file, make) => {
    const made = formatVectors(await make());
    const path = join(VECTORS_DIR, file);
    if (process.env['UPDATE_VECTORS'] === '1') writeFileSync(path, made);
    // toBe would print both files.
    expect(made === readFileSync(path, 'utf8')).toBe(true);
  });
});
