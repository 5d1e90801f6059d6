import { readFileSync } from 'node:fs';

/** The version in the nearest package.json at or above a module; pass `import.meta.url`. */
export function packageVersion(moduleUrl: string): string {
  for (let directory = new URL('.', moduleUrl); ; directory = new URL('..', directory)) {
    try {
      const { version } = JSON.parse(readFileSync(new URL('package.json', directory), 'utf8')) as {
        version?: string;
      };
      return version ?? '0.0.0';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || directory.pathname === '/') throw error;
    }
  }
}
