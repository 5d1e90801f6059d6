import { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { principalOf } from '../../auth/principal.js';
import { parseQuery } from '../../reads/query.js';
import { orUnavailable } from '../../reads/unavailable.js';
import { Comparisons } from '../comparisons.js';
import { type FindingParams, findingParams, summaryParams } from './finding-params.js';
import { Findings } from './findings.js';
import { CSV_HEADER, toCsvLine, toCsvLines } from './write-csv.js';

@Controller('api/v1/balance/compare/:reportId')
export class FindingsController {
  constructor(private readonly comparisons: Comparisons) {}

  @Get('findings')
  async findings(
    @Req() request: FastifyRequest,
    @Param('reportId') reportId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const params = parseQuery(findingParams, request.query);
    const findings = await this.open(request, reportId);
    if (params.format === 'csv' || params.format === 'ndjson') {
      await sendFile(reply, `${reportId}.${params.format}`, write(findings, params));
      return;
    }
    const data = await orUnavailable(() => findings.page(params));
    reply.code(200).send({ success: true, data: { reportId, ...data } });
  }

  @Get('summary')
  async summary(
    @Req() request: FastifyRequest,
    @Param('reportId') reportId: string,
    @Query() query: unknown,
  ) {
    const params = parseQuery(summaryParams, query);
    const findings = await this.open(request, reportId);
    const data = await orUnavailable(() => findings.summary(params));
    return { success: true, data: { reportId, ...data } };
  }

  /** @throws ApiError NOT_FOUND */
  private async open(request: FastifyRequest, reportId: string): Promise<Findings> {
    const { environmentId } = principalOf(request);
    const report = await orUnavailable(() => this.comparisons.findReport(environmentId, reportId));
    return new Findings(this.comparisons.reads.pool, report);
  }
}

async function* write(findings: Findings, params: FindingParams): AsyncGenerator<string> {
  const isCsv = params.format === 'csv';
  if (isCsv) yield toCsvLine(CSV_HEADER);
  for await (const page of findings.all(params)) {
    yield page.map((one) => (isCsv ? toCsvLines(one) : `${JSON.stringify(one)}\n`)).join('');
  }
}

/** The first piece is made before the answer begins, so that what cannot be done is refused with a status of its own. */
async function sendFile(reply: FastifyReply, name: string, pieces: AsyncGenerator<string>): Promise<void> {
  const first = await orUnavailable(() => pieces.next());
  const rest = async function* (): AsyncGenerator<string> {
    if (first.done !== true) yield first.value;
    yield* pieces;
  };
  reply.code(200).type(name.endsWith('.csv') ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
  reply.header('content-disposition', `attachment; filename="${name}"`);
  await reply.send(Readable.from(rest(), { objectMode: false }));
}
