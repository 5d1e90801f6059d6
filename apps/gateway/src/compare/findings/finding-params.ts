import { FINDING_CLASSES, type FindingClass } from '@pacspace/reconcile';
import { z } from 'zod';
import { choiceParam, integerParam, param, textParam, timeParam } from '../../reads/query.js';

const DIMENSION = /^metadata\.(.{1,128})$/su;

const classes = () =>
  param(
    `any, differing, or one or more of ${FINDING_CLASSES.join(', ')}, comma separated`,
    (text): readonly FindingClass[] | undefined => {
      if (text === 'any') return FINDING_CLASSES;
      if (text === 'differing') return DIFFERING;
      const named = text.split(',').map((word) => FINDING_CLASSES.find((one) => one === word));
      const known = named.filter((one) => one !== undefined);
      return known.length === named.length ? known : undefined;
    },
  ).meta({ description: 'Which classes; differing (default): all but matched. any: all.' });

export const DIFFERING: readonly FindingClass[] = FINDING_CLASSES.filter((one) => one !== 'matched');

const within = {
  from: timeParam().meta({ description: 'Not before this time.' }),
  to: timeParam().meta({ description: 'Before this time.' }),
};

export const findingParams = z.object({
  class: classes(),
  cause: integerParam(0, 9_999).meta({
    description: 'Those that this cause of the report explains, by its number.',
  }),
  ...within,
  reason: textParam(500).meta({ description: 'Those of this reason.' }),
  dimension: param('metadata. and the name of a dimension', (text) => DIMENSION.exec(text)?.[1]).meta({
    description: 'With value: those of this value of a metadata dimension of the statement.',
  }),
  value: textParam(500).meta({ description: 'With dimension.' }),
  limit: integerParam(1, 1_000).meta({ description: '100 unless told. An export has no limit.' }),
  cursor: param('the nextCursor of the page before', (text) =>
    /^\d{1,15}$/.test(text) ? Number(text) : undefined,
  ),
  format: choiceParam('json', 'csv', 'ndjson').meta({
    description: 'csv and ndjson: all of them, as a file.',
  }),
});

export type FindingParams = z.output<typeof findingParams>;

export const SUMMARY_PAGE = { default: 500, most: 5_000, offset: 1_000_000 };

export const summaryParams = z.object({
  level: choiceParam('total', 'month', 'day', 'hour').meta({ description: 'month unless told; all in UTC.' }),
  by: param('reason, or metadata. and the name of a dimension', (text) =>
    text === 'reason' ? text : DIMENSION.exec(text)?.[1] === undefined ? undefined : text,
  ).meta({ description: 'Each of these apart as well.' }),
  ...within,
  limit: integerParam(1, SUMMARY_PAGE.most),
  offset: integerParam(0, SUMMARY_PAGE.offset),
});
