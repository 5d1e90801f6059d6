/**
 * Disputes: statements that a party handed in, and the reports that hold them, or two totals, against the ledger. Facts
 * that nothing can make again; a report never changes once it is finished. The two large tables have a partition for
 * each statement and each report, filled by COPY in the transaction that makes it, and gone with it.
 */
export const COMPARE_TABLES = `
CREATE TABLE statement (
  received_at_ms  int8 NOT NULL,
  read_at_ms      int8,
  bytes           int8 NOT NULL DEFAULT 0,
  number          int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Rows that are records; rows of amount zero, which are none.
  records         int4,
  zeros           int4,
  statement_id    text NOT NULL UNIQUE,
  environment_id  text NOT NULL,
  customer_id     text NOT NULL,
  -- arriving: bytes may be missing. refused: the problems say why, and nothing of it counts.
  state           text NOT NULL CHECK (state IN ('arriving', 'received', 'ready', 'refused')),
  -- JSON: the scope that it states, how its columns are to be read, and what is wrong with it.
  scope           text NOT NULL,
  reading         text NOT NULL,
  problems        text,
  name            text,
  -- Of the bytes as they were handed in.
  sha256          bytea CHECK (length(sha256) = 32),
  -- Sum of the records, as they are written in the statement.
  total           numeric
);
CREATE INDEX statement_environment ON statement (environment_id, number);

-- The statement as it was handed in, cut anywhere, each piece compressed by itself (zstd).
CREATE TABLE statement_chunk (
  statement_no  int4 NOT NULL REFERENCES statement (number) ON DELETE CASCADE,
  chunk_no      int4 NOT NULL,
  data          bytea NOT NULL,
  PRIMARY KEY (statement_no, chunk_no)
);
ALTER TABLE statement_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

-- A statement's records: row is the line that one begins on.
CREATE TABLE statement_row (
  at_ms         int8,
  statement_no  int4 NOT NULL,
  row           int4 NOT NULL,
  amount        numeric NOT NULL,
  reason        text,
  reference     text,
  PRIMARY KEY (statement_no, row)
) PARTITION BY LIST (statement_no);

CREATE TABLE report (
  number          int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asked_at_ms     int8 NOT NULL,
  finished_at_ms  int8,
  statement_no    int4,
  attempts        int4 NOT NULL DEFAULT 0,
  -- The event stream has heard of it.
  told            bool NOT NULL DEFAULT false,
  report_id       text NOT NULL UNIQUE,
  environment_id  text NOT NULL,
  customer_id     text,
  kind            text NOT NULL CHECK (kind IN ('balances', 'statement')),
  state           text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
  -- What was asked, and what it came to, as JSON.
  request         text NOT NULL,
  body            text,
  CHECK ((state IN ('done', 'failed')) = (body IS NOT NULL))
);
CREATE INDEX report_environment ON report (environment_id, number);
CREATE INDEX report_customer ON report (environment_id, customer_id, number);
CREATE INDEX report_untold ON report (number) WHERE NOT told AND state = 'done';
CREATE INDEX report_open ON report (number) WHERE state IN ('queued', 'running');

-- What each record of a report was found to be. A row holds a record of the ledger, one of the statement, or both;
-- rows that were matched together have the same part_of. An amount stands only where its record is counted: the other
-- half of a record that fell into another period is named and not counted.
CREATE TABLE finding (
  report_no  int8 NOT NULL,
  number     int8 NOT NULL,
  part_of    int8 NOT NULL,
  at_ms      int8,
  idx        int8,
  row        int4,
  -- See the domain's FINDING_CLASSES and FINDING_VIAS.
  class      int2 NOT NULL,
  via        int2 NOT NULL,
  ours       numeric,
  theirs     numeric,
  reason     text,
  PRIMARY KEY (report_no, number)
) PARTITION BY LIST (report_no);

-- What is not simply matched is few, and what is looked at.
CREATE INDEX finding_class ON finding (report_no, class, number) WHERE class <> 1;

-- Makes an empty partition for a statement or a report, in place of what an attempt that was broken off has left. Its
-- check spares ATTACH the look at every row; its indexes are made by ATTACH, once it is full.
CREATE FUNCTION make_part(parent text, key text, number int8) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
  part text := parent || '_' || number;
BEGIN
  EXECUTE format('DROP TABLE IF EXISTS compare.%I', part);
  EXECUTE format('CREATE TABLE compare.%I (LIKE compare.%I, CHECK (%I = %s))', part, parent, key, number);
END
$body$;

CREATE FUNCTION attach_part(parent text, number int8) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  EXECUTE format('ALTER TABLE compare.%I ATTACH PARTITION compare.%I FOR VALUES IN (%s)', parent, parent || '_' || number, number);
END
$body$;
`;
