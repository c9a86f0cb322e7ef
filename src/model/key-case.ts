import type { AnomalyLog } from './anomaly.js';
import { isJsonObject, type JsonNode } from './json.js';

/**
 * Records an anomaly for every key of the object that differs from a known key only by case. Go's encoding/json takes
 * such a key for the known one (with Unicode's simple folding: U+017F for s, U+212A for k); strata and the
 * specification do not, so two readers may see two different images.
 */
export function noteKeyCase(node: JsonNode, known: readonly string[], anomalies: AnomalyLog): void {
  if (!isJsonObject(node.value)) return;
  const meanings = new Map(known.map((name) => [fold(name), name]));
  for (const key of node.value.keys()) {
    const meant = meanings.get(fold(key));
    if (meant !== undefined && meant !== key && !known.includes(key))
      anomalies.add(
        'json-key-case',
        `${node.what}: ${node.path === '' ? key : `${node.path}.${key}`}`,
        meant,
      );
  }
}

function fold(key: string): string {
  return key.toUpperCase().toLowerCase();
}
