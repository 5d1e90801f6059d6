import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ToldSeals1764000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // How much of a log has been told of. What was sealed before anybody could listen is told to nobody.
    await runner.query('ALTER TABLE seal.log ADD COLUMN told_size int8 NOT NULL DEFAULT 0');
    await runner.query('UPDATE seal.log SET told_size = published_size');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('migrations go forward only: restore a backup instead'));
  }
}
