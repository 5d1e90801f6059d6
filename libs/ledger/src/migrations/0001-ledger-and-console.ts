import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CONSOLE_TABLES } from '../schema/console-tables.js';
import { LEDGER_TABLES } from '../schema/ledger-tables.js';

/** Migrations go forward only: a ledger is never undone, so `down` refuses. */
export class LedgerAndConsole1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA ledger');
    await runner.query('SET LOCAL search_path TO ledger');
    await runner.query(LEDGER_TABLES);
    await runner.query('CREATE SCHEMA console');
    await runner.query('SET LOCAL search_path TO console');
    await runner.query(CONSOLE_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
