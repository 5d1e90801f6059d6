import type pg from 'pg';

export interface Partition {
  readonly parent: 'finding' | 'statement_row';
  readonly key: 'report_no' | 'statement_no';
  readonly number: number;
  /** In the name, so that one that is broken off and does not know it yet is in nobody's way. */
  readonly attempt: number;
}

/**
 * An empty partition, not in its table yet: to be filled in the transaction that makes it. Its check spares ATTACH the
 * look at every row, and its indexes are made by ATTACH, once it is full.
 *
 * @returns its name.
 */
export async function makePartition(client: pg.ClientBase, partition: Partition): Promise<string> {
  const { parent, key, number } = partition;
  const name = nameOf(partition);
  await client.query(`CREATE TABLE ${name} (LIKE compare.${parent}, CHECK (${key} = ${number}))`);
  return name;
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
