import { pathToFileURL } from 'node:url';
import { dashboards } from './dashboards.mjs';
import { writeChanged } from './write-changed.mjs';

const FOLDER = 'deploy/observability/grafana/dashboards';
const COLUMNS = 24;
const HEIGHT = 8;
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

/**
 * All dashboards as Grafana's JSON model, by path from the repository's root.
 * @returns {Map<string, string>}
 */
export function composeDashboards() {
  return new Map(
    dashboards.map((dashboard) => [
      `${FOLDER}/${dashboard.uid}.json`,
      `${JSON.stringify(modelOf(dashboard), null, 2)}\n`,
    ]),
  );
}

/** @param {import('./dashboards.mjs').Dashboard} dashboard */
function modelOf({ uid, title, rows }) {
  const panels = Object.entries(rows).flatMap(([row, ofRow], i) => {
    const y = i * (HEIGHT + 1);
    const w = COLUMNS / ofRow.length;
    return [
      { type: 'row', title: row, collapsed: false, gridPos: { x: 0, y, w: COLUMNS, h: 1 }, panels: [] },
      ...ofRow.map((panel, n) => panelOf(panel, { x: n * w, y: y + 1, w, h: HEIGHT })),
    ];
  });
  return {
    uid,
    title,
    tags: ['pacspace'],
    schemaVersion: 39,
    timezone: 'utc',
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    panels: panels.map((panel, i) => ({ id: i + 1, ...panel })),
  };
}

/**
 * @param {import('./dashboards.mjs').Panel} panel
 * @param {{ x: number, y: number, w: number, h: number }} gridPos
 */
function panelOf({ title, about, lines, unit = 'short', type = 'timeseries', limit }, gridPos) {
  const steps = [
    { color: 'green', value: null },
    ...(limit === undefined ? [] : [{ color: 'red', value: limit }]),
  ];
  return {
    ...{ type, title, description: about, gridPos, datasource: DATASOURCE },
    fieldConfig: {
      defaults: {
        unit,
        thresholds: { mode: 'absolute', steps },
        ...(type === 'timeseries'
          ? { min: 0, custom: limit === undefined ? {} : { thresholdsStyle: { mode: 'line' } } }
          : {}),
      },
      overrides: [],
    },
    targets: Object.entries(lines).map(([legendFormat, expr], i) => ({
      refId: String.fromCodePoint(65 + i),
      datasource: DATASOURCE,
      expr,
      legendFormat,
    })),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeChanged(composeDashboards());
