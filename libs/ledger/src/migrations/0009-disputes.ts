import type { MigrationInterface, QueryRunner } from 'typeorm';
import { DISPUTE_TABLES } from '../schema/dispute-tables.js';

export class Disputes1764000001009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path TO compare');
    await runner.query(DISPUTE_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
