import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ACCOUNT_TABLES } from '../schema/account-tables.js';
import { FILL_USAGE, USAGE_TABLE } from '../schema/usage-table.js';

export class Accounts1764000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path TO console');
    await runner.query(ACCOUNT_TABLES);
    await runner.query('SET LOCAL search_path TO ledger');
    await runner.query(USAGE_TABLE);
    await runner.query(FILL_USAGE);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
