import type pg from 'pg';
import { CopyWriter } from '../copy-stream.js';

export interface Partition {
  readonly parent: 'finding' | 'statement_row';
  readonly key: 'report_no' | 'statement_no';
  /** Those that are written, in their order. */
  readonly columns: string;
  readonly number: number;
  /** In the name, so that one that is broken off and does not know it yet is in nobody's way. */
  readonly attempt: number;
}

/**
 * A partition that is not in its table yet, and all that is in it. Its check spares ATTACH the look at every row, and its
 * indexes are made by ATTACH, once it is full.
 *
 * @returns what `fill` does.
 */
export async function fillPartition<T>(
  client: pg.ClientBase,
  partition: Partition,
  fill: (writer: CopyWriter) => Promise<T>,
): Promise<T> {
  const { parent, key, number, columns } = partition;
  const name = nameOf(partition);
  await client.query(`CREATE TABLE ${name} (LIKE compare.${parent}, CHECK (${key} = ${number}))`);
  const writer = new CopyWriter(client, `${name} (${columns})`);
  try {
    const filled = await fill(writer);
    await writer.end();
    return filled;
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

export async function attachPartition(client: pg.ClientBase, partition: Partition): Promise<void> {
  const { parent, number } = partition;
  const name = nameOf(partition);
  // Else ATTACH sorts with the little memory that every connection has.
  await client.query(`SET LOCAL maintenance_work_mem = '128MB'`);
  await client.query(`ALTER TABLE compare.${parent} ATTACH PARTITION ${name} FOR VALUES IN (${number})`);
  await client.query(`ANALYZE ${name}`);
}

function nameOf({ parent, number, attempt }: Partition): string {
  return `compare.${parent}_${number}_${attempt}`;
}
