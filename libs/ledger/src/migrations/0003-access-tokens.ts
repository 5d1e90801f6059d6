import type { MigrationInterface, QueryRunner } from 'typeorm';
import { ACCESS_TOKEN_TABLES } from '../schema/access-token-tables.js';

export class AccessTokens1764000001003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('SET LOCAL search_path TO console');
    await runner.query(ACCESS_TOKEN_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
