import type { AnomalyLog } from './anomaly.js';
import type { HistoryStep, ImageConfig } from './image-config.js';

/**
 * Returns for each layer the step that made it, base first: the steps that are not `empty_layer`, in order (OCI
 * image-spec 1.1 config.md). When there are fewer or more such steps than layers, the steps are given out from the base
 * as far as they go and `history-mismatch` is recorded; without any history `history-absent`.
 */
export function alignHistory(
  config: Pick<ImageConfig, 'history'>,
  layerCount: number,
  anomalies: AnomalyLog,
): readonly (HistoryStep | undefined)[] {
  const steps = config.history.filter((step) => !step.emptyLayer);
  if (config.history.length === 0) {
    if (layerCount > 0) anomalies.add('history-absent', 'history');
  } else if (steps.length !== layerCount)
    anomalies.add('history-mismatch', 'history', `${steps.length} steps with a layer, ${layerCount} layers`);
  return Array.from({ length: layerCount }, (_, index) => (index < steps.length ? steps[index] : undefined));
}
