import pg from 'pg';
import { sharedServers } from './shared-servers.js';

export interface DatabaseTemplate {
  /** Names the template: within a run the same name means the same content. */
  readonly name: string;
  /** Brings an empty data base to the template's state, and leaves no connection to it open. Runs once a run. */
  readonly migrate: (url: string) => Promise<unknown>;
}

export interface TestDatabase {
  readonly url: string;
  /** Optional: the shared cluster ends with the run. Ends all connections to it. */
  drop(): Promise<void>;
}

/** A fresh data base in the run's shared cluster: empty, or a copy (about 50 ms) of a template. */
export async function createDatabase(template?: DatabaseTemplate): Promise<TestDatabase> {
  const admin = new pg.Client({ connectionString: sharedServers().databaseUrl });
  await admin.connect();
  try {
    const source = template === undefined ? 'template1' : await ensureTemplate(admin, template);
    const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${source}`);
    return { url: urlOf(name), drop: () => dropDatabase(name) };
  } finally {
    await admin.end();
  }
}

/** Test files run in several processes: the first that needs the template makes it, the others wait for that. */
async function ensureTemplate(admin: pg.Client, template: DatabaseTemplate): Promise<string> {
  const name = `template_${template.name.replaceAll(/[^a-z0-9]/g, '_')}`;
  await admin.query('SELECT pg_advisory_lock(hashtext($1))', [name]);
  try {
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return name;
    // Complete, or not there: a migration that failed half-way must not become the next file's template.
    const draft = `draft_${name}`;
    await admin.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${draft}`);
    await template.migrate(urlOf(draft));
    await admin.query(`ALTER DATABASE ${draft} RENAME TO ${name}`);
    return name;
  } finally {
    await admin.query('SELECT pg_advisory_unlock(hashtext($1))', [name]);
  }
}

async function dropDatabase(name: string): Promise<void> {
  const admin = new pg.Client({ connectionString: sharedServers().databaseUrl });
  await admin.connect();
  try {
    await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await admin.end();
  }
}

function urlOf(name: string): string {
  const url = new URL(sharedServers().databaseUrl);
  url.pathname = `/${name}`;
  return url.href;
}
