import type { MigrationInterface, QueryRunner } from 'typeorm';
import { WEBHOOK_TABLES } from '../schema/webhook-tables.js';

export class Webhooks1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SCHEMA webhook');
    await runner.query('SET LOCAL search_path TO webhook');
    await runner.query(WEBHOOK_TABLES);
    // How much of a log has been told of. What was sealed before anybody could listen is told to nobody.
    await runner.query('ALTER TABLE seal.log ADD COLUMN told_size int8 NOT NULL DEFAULT 0');
    await runner.query('UPDATE seal.log SET told_size = published_size');
    await runner.query('SET LOCAL search_path TO public');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
