import type { MigrationInterface, QueryRunner } from 'typeorm';
import { WEBHOOK_TABLES } from '../schema/webhook-tables.js';

export class Webhooks1764000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA webhook');
    await runner.query('SET LOCAL search_path TO webhook');
    await runner.query(WEBHOOK_TABLES);
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
