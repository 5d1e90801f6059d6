import {
  type ArgumentsHost,
  Catch,
  Controller,
  Inject,
  type RpcExceptionFilter,
  UseFilters,
} from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import type { QueueMetrics } from '@pacspace/service';
import { type Observable, throwError } from 'rxjs';
import { LANE_CLOSE, LANE_OPEN, LANE_TURN, type LaneTurnRequest } from './lane-transport.js';
import { LaneProjection, type ProjectionTools } from './lane-projection.js';
import { UNTOLD_TURNS } from './lane-teller.js';

export const LANES_TOOLS = Symbol('lanes tools');

export interface LanesTools extends ProjectionTools {
  readonly queues: QueueMetrics;
}

/** Nest would turn what is thrown into "Internal server error"; the transport must see which error it was. */
@Catch()
class PassErrorsOn implements RpcExceptionFilter<unknown> {
  catch(error: unknown, _host: ArgumentsHost): Observable<never> {
    return throwError(() => error);
  }
}

@Controller()
@UseFilters(PassErrorsOn)
export class LanesController {
  private readonly lanes = new Map<number, LaneProjection>();

  constructor(@Inject(LANES_TOOLS) private readonly tools: LanesTools) {
    // Of the lane that is furthest behind: at 1 it is held up.
    tools.queues.watch('untold_turns', () => ({
      used: Math.max(0, ...[...this.lanes.values()].map(({ untold }) => untold)),
      limit: UNTOLD_TURNS,
    }));
  }

  @MessagePattern(LANE_OPEN)
  open(lane: number): Promise<number> {
    let projection = this.lanes.get(lane);
    if (projection === undefined) {
      projection = new LaneProjection(lane, this.tools);
      this.lanes.set(lane, projection);
    }
    return projection.open();
  }

  @MessagePattern(LANE_TURN)
  async project({ lane, messages }: LaneTurnRequest): Promise<void> {
    const projection = this.lanes.get(lane);
    if (projection === undefined) throw new Error(`lane ${lane} is not open`);
    await projection.project(messages);
  }

  @MessagePattern(LANE_CLOSE)
  async close(lane: number): Promise<void> {
    await this.lanes.get(lane)?.close();
  }
}
