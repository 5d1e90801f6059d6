import type { MigrationInterface, QueryRunner } from 'typeorm';
import { SEAL_TABLES } from '../schema/seal-tables.js';

export class Seals1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA seal');
    await runner.query('SET LOCAL search_path TO seal');
    await runner.query(SEAL_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
