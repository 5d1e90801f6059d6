import { type DynamicModule, Module } from '@nestjs/common';
import type { ProjectionTools } from './lane-projection.js';
import { LanesController, PROJECTION_TOOLS } from './lanes.controller.js';

@Module({ controllers: [LanesController] })
export class ProjectorModule {
  static with(tools: ProjectionTools): DynamicModule {
    return { module: ProjectorModule, providers: [{ provide: PROJECTION_TOOLS, useValue: tools }] };
  }
}
