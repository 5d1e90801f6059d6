#!/usr/bin/env node
import { packageVersion, runApp } from '@pacspace/service';
import { comparerConfig } from './config.js';
import { serve } from './serve.js';

await runApp({
  name: 'comparer',
  version: packageVersion(import.meta.url),
  config: comparerConfig,
  main: serve,
});
