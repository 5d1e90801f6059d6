import { Controller, Inject, UseFilters } from '@nestjs/common';
import { MessagePattern } from '@nestjs/microservices';
import { PassErrorsOn } from '@pacspace/lanes';
import type { QueueMetrics } from '@pacspace/service';
import { LANE_CLOSE, LANE_OPEN, LANE_TURN, type LaneTurnRequest } from './lane-transport.js';
import { LaneProjection, type ProjectionTools } from './lane-projection.js';
import { UNTOLD_TURNS } from './lane-teller.js';

export const LANES_TOOLS = Symbol('lanes tools');

export interface LanesTools extends ProjectionTools {
  readonly queues: QueueMetrics;
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
