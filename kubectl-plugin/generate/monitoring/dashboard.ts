import { BigValueColorMode, BigValueGraphMode, VisibilityMode } from '@grafana/grafana-foundation-sdk/common'
import {
  DashboardBuilder,
  DatasourceVariableBuilder,
  MappingType,
  QueryVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  type Dashboard,
  type ValueMap,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline'
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesPanel } from '@grafana/grafana-foundation-sdk/timeseries'
import { EXPORTED_STATES } from '../../export/election-book.ts'

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }
const SELECTION = '{namespace=~"$namespace", lease=~"$lease"}'
const COLORS = { unknown: 'text', held: 'green', late: 'yellow', blocked: 'purple', free: 'blue', expired: 'red' } as const

const metric = (name: string): string => `max by (namespace, lease) (leader_exporter_election_${name}${SELECTION})`
const query = (expr: string): DataqueryBuilder => new DataqueryBuilder().expr(expr).legendFormat('{{namespace}}/{{lease}}')
const inState = (state: keyof typeof EXPORTED_STATES): string => `count(${metric('state')} == ${EXPORTED_STATES[state]}) or vector(0)`

/* eslint-disable @typescript-eslint/no-deprecated -- Grafana before 12 knows only this schema; later ones know both. */

/** Names and colors of the states, whose metric is a number. */
const STATES: ValueMap = {
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    Object.entries(EXPORTED_STATES).map(([state, number]) => [String(number), { text: state, color: COLORS[state as keyof typeof COLORS], index: number }]),
  ),
}

/** The Grafana dashboard of the exporter. The build runs this, so that Grafana's SDK is no part of the program. */
export function dashboard(): Dashboard {
  return new DashboardBuilder('Leader Elections')
    .uid('kubectl-leader-elections')
    .description('Leader elections of all programs in the cluster, as kubectl leader export observes them.')
    .tags(['kubernetes', 'leader-election'])
    .refresh('30s')
    .time({ from: 'now-6h', to: 'now' })
    .withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(selector('namespace', 'Namespace', 'label_values(leader_exporter_election_state, namespace)'))
    .withVariable(selector('lease', 'Election', 'label_values(leader_exporter_election_state{namespace=~"$namespace"}, lease)'))
    .withPanel(count('Elections', `count(${metric('state')}) or vector(0)`, null))
    .withPanel(count('Without a leader', inState('expired'), 'red'))
    .withPanel(count('Late', inState('late'), 'yellow'))
    .withPanel(count('Blocked', inState('blocked'), 'purple'))
    .withPanel(count('Free', inState('free'), null))
    .withPanel(count('Exporter blind for', 'min(leader_exporter_blind_seconds)', 'red').unit('s'))
    .withPanel(
      new StateTimelinePanel().title('State').datasource(DATASOURCE).span(24).height(9).mergeValues(true).mappings([STATES]).withTarget(query(metric('state'))),
    )
    .withPanel(lines('Time without a leader', metric('leaderless_seconds')).unit('s'))
    .withPanel(lines('Transitions in 15 minutes', `round(max by (namespace, lease) (increase(leader_exporter_election_transitions_total${SELECTION}[15m])))`))
    .withPanel(lines('Late renewals in 10 minutes', `round(max by (namespace, lease) (increase(leader_exporter_election_late_renewals_total${SELECTION}[10m])))`))
    .withPanel(lines('Candidate Pods', metric('candidate_pods')))
    .withPanel(
      new TablePanel()
        .title('Leaders')
        .datasource(DATASOURCE)
        .span(24)
        .height(9)
        .withTarget(
          new DataqueryBuilder()
            .expr(`max by (namespace, lease, holder_pod, holder_node) (leader_exporter_election_info${SELECTION})`)
            .instant()
            .format(PromQueryFormat.Table),
        )
        .withTransformation({
          id: 'organize',
          options: {
            excludeByName: { Time: true, Value: true },
            renameByName: { namespace: 'Namespace', lease: 'Election', holder_pod: 'Pod', holder_node: 'Node' },
          },
        }),
    )
    .build()
}

function selector(name: string, label: string, definition: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(definition)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all' })
}

/** One number, in a color if it is not zero. */
function count(title: string, expr: string, color: string | null): StatPanel {
  const steps = [{ value: null, color: color === null ? 'text' : 'green' }, ...(color === null ? [] : [{ value: 1, color }])]
  return new StatPanel()
    .title(title)
    .datasource(DATASOURCE)
    .span(4)
    .height(4)
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps))
    .withTarget(new DataqueryBuilder().expr(expr).instant())
}

function lines(title: string, expr: string): TimeseriesPanel {
  return new TimeseriesPanel().title(title).datasource(DATASOURCE).span(12).height(8).min(0).showPoints(VisibilityMode.Never).withTarget(query(expr))
}
