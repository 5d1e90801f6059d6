import type { MigrationInterface, QueryRunner } from 'typeorm';
import { COMPARE_TABLES } from '../schema/compare-tables.js';

export class Compare1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA compare');
    await runner.query('SET LOCAL search_path TO compare');
    await runner.query(COMPARE_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
