import { spawn } from 'node:child_process';
import { join } from 'node:path';

/**
 * Runs pg_dump or pg_restore against a data base. The address goes by the environment (libpq's variables): a command line
 * shows passwords to everybody on the machine.
 *
 * @throws Error with what the tool said
 */
export async function runPostgresTool(
  tool: 'pg_dump' | 'pg_restore',
  databaseUrl: string,
  args: readonly string[],
): Promise<void> {
  const folder = process.env['PG_BIN_DIR'];
  const program = folder === undefined ? tool : join(folder, tool);
  const child = spawn(program, args, {
    env: { ...process.env, ...addressOf(databaseUrl) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new Error(
          `${tool} cannot be run: install PostgreSQL's client programs, or set PG_BIN_DIR to their folder`,
          {
            cause,
          },
        ),
      ),
    );
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${tool} ended with ${String(code)}: ${said.trim()}`);
}

function addressOf(databaseUrl: string): NodeJS.ProcessEnv {
  const { hostname, port, username, password, pathname, searchParams } = new URL(databaseUrl);
  const sslMode = searchParams.get('sslmode');
  return {
    PGHOST: hostname,
    PGPORT: port === '' ? '5432' : port,
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)),
    ...(sslMode === null ? {} : { PGSSLMODE: sslMode }),
  };
}
