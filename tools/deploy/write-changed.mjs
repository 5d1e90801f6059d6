import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { repoDir } from '../workspace.mjs';

/**
 * Writes the files whose text is another than it is, and says which.
 * @param {ReadonlyMap<string, string>} files text by path from the repository's root
 */
export function writeChanged(files) {
  for (const [path, text] of files) {
    const file = join(repoDir, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${relative(process.cwd(), file)}`);
  }
}
