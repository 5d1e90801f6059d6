/**
 * Disputes: statements that a party handed in, kept as they came and read into records; and what became of each record
 * of both sides in the reports that hold them against the ledger. Facts that nothing can make again. The two large tables
 * have a partition for each statement and each report, filled by COPY in the transaction that makes it.
 */
export const DISPUTE_TABLES = `
-- The event stream has heard of it.
ALTER TABLE report ADD COLUMN told bool NOT NULL DEFAULT false;
-- How often making it was begun: who began it last may keep it.
ALTER TABLE report ADD COLUMN attempts int4 NOT NULL DEFAULT 0;
-- Last sign of life of whoever makes it, and how far it is, as JSON.
ALTER TABLE report ADD COLUMN touched_at_ms int8 NOT NULL DEFAULT 0;
ALTER TABLE report ADD COLUMN progress text;
-- What was made before anybody could listen is told to nobody.
UPDATE report SET told = true;
CREATE INDEX report_untold ON report (number) WHERE NOT told AND state = 'done';
CREATE INDEX report_open ON report (touched_at_ms) WHERE state IN ('queued', 'running');

CREATE TABLE statement (
  received_at_ms  int8 NOT NULL,
  -- Last sign of life of whoever works on it.
  touched_at_ms   int8 NOT NULL,
  read_at_ms      int8,
  bytes           int8 NOT NULL DEFAULT 0,
  -- Bytes that were read into records so far.
  bytes_read      int8 NOT NULL DEFAULT 0,
  number          int4 GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Records in it, and amounts of zero, which are none.
  records         int4 NOT NULL DEFAULT 0,
  zeros           int4 NOT NULL DEFAULT 0,
  -- How often reading it was begun: who began it last may finish it.
  attempts        int4 NOT NULL DEFAULT 0,
  statement_id    text NOT NULL UNIQUE,
  environment_id  text NOT NULL,
  customer_id     text NOT NULL,
  -- arriving: bytes may be missing. refused: the problems say why, and nothing of it counts.
  state           text NOT NULL CHECK (state IN ('arriving', 'received', 'reading', 'ready', 'refused')),
  -- JSON: the scope that it states, how it is to be read, and what is wrong with it.
  scope           text NOT NULL,
  reading         text NOT NULL,
  problems        text,
  name            text,
  -- Of the bytes as they were handed in.
  sha256          bytea CHECK (length(sha256) = 32),
  -- Sum of the records.
  total           numeric
);
CREATE INDEX statement_environment ON statement (environment_id, number);
CREATE INDEX statement_open ON statement (touched_at_ms) WHERE state IN ('arriving', 'received', 'reading');

-- The statement as it was handed in, cut anywhere, each piece compressed by itself (zstd).
CREATE TABLE statement_chunk (
  statement_no  int4 NOT NULL REFERENCES statement (number) ON DELETE CASCADE,
  chunk_no      int4 NOT NULL,
  data          bytea NOT NULL,
  PRIMARY KEY (statement_no, chunk_no)
);
ALTER TABLE statement_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

-- A statement's records; dimensions are a JSON array in the order of the reading's names.
CREATE TABLE statement_row (
  at_ms         int8,
  statement_no  int4 NOT NULL,
  row           int4 NOT NULL,
  line          int4 NOT NULL,
  amount        numeric NOT NULL,
  reference     text,
  reason        text,
  dimensions    text,
  PRIMARY KEY (statement_no, row)
) PARTITION BY LIST (statement_no);

-- What each record of both sides was found to be: here is an entry's index, there a row of the statement. Where more
-- than one record of a side belong together, the others are in the arrays.
CREATE TABLE finding (
  report_no     int8 NOT NULL,
  number        int8 NOT NULL,
  at_ms         int8,
  here          int8,
  there         int4,
  -- Places in the FINDING_CLASSES of the matcher, in FINDING_MEANS (libs/wire), and among the causes in the report.
  class         int2 NOT NULL,
  means         int2 NOT NULL,
  cause         int2,
  contribution  numeric NOT NULL,
  reason        text,
  dimensions    text,
  here_others   int8[],
  there_others  int4[],
  PRIMARY KEY (report_no, number)
) PARTITION BY LIST (report_no);
-- What is not simply matched is few, and what is looked at.
CREATE INDEX finding_class ON finding (report_no, class, number) WHERE class <> 0;

-- The findings summed by the hour, once for each way of slicing them: time, reason, and each dimension.
CREATE TABLE breakdown (
  report_no     int8 NOT NULL REFERENCES report (number),
  start_ms      int8,
  findings      int8 NOT NULL,
  here_count    int8 NOT NULL,
  there_count   int8 NOT NULL,
  class         int2 NOT NULL,
  is_other      bool NOT NULL,
  here_sum      numeric NOT NULL,
  there_sum     numeric NOT NULL,
  contribution  numeric NOT NULL,
  slicing       text NOT NULL,
  value         text
);
CREATE INDEX breakdown_report ON breakdown (report_no, slicing, start_ms);
`;
