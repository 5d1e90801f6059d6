import { stat } from 'node:fs/promises';
import { CliError } from './errors.js';

/**
 * @returns bytes; undefined where that is not known (a pipe).
 * @throws CliError INPUT for a folder, and for what cannot be read.
 */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new CliError('INPUT', `${file} is a folder`);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (error instanceof CliError) throw error;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = isMissing
      ? `there is no file ${file}`
      : `cannot read ${file}: ${(error as Error).message}`;
    throw new CliError('INPUT', message, { cause: error });
  }
}
