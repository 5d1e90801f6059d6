import { type DynamicModule, Module } from '@nestjs/common';
import { LanesController, LANES_TOOLS, type LanesTools } from './lanes.controller.js';

@Module({ controllers: [LanesController] })
export class ProjectorModule {
  static with(tools: LanesTools): DynamicModule {
    return { module: ProjectorModule, providers: [{ provide: LANES_TOOLS, useValue: tools }] };
  }
}
